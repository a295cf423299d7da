using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Starting;

/// <summary>What is there already of the name that a lab is to have: the same lab, rubbish that is removed,
/// or something that is in the way.</summary>
/// <param name="tools">The engine, processes and the checkout.</param>
/// <param name="request">What to start.</param>
/// <param name="report">Is told what is removed.</param>
internal sealed class EarlierLab(StartTools tools, LabStartRequest request, IStartReport report)
{
    private readonly string _takeDown = ToType.Lab("down", request.Name);

    /// <summary>Whether the same lab runs. Where it does not, nothing of that name is there (any more).</summary>
    /// <param name="folder">The folder it would have.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">Another lab has the name, or is being started (exit code 2);
    /// not all of it runs (exit code 1).</exception>
    public async Task<bool> RunsAsync(LabFolder folder, CancellationToken cancellationToken)
    {
        var containers = await tools.Engine.ListAsync($"{LabLabels.Name}={request.Name}", cancellationToken);
        if (containers.FirstOrDefault(container => !folder.Owns(container.Labels)) is { } other)
        {
            throw LabException.WrongUse(
                $"a lab '{request.Name}' of another checkout is on this machine ({LabLabels.FolderOf(other.Labels) ?? other.Name})",
                fix: $"Choose another name, for example --name {OtherName()}, or take that one down where it was started");
        }

        // One that another version started and that still runs is not this one's to judge.
        var state = containers.Any(IsUp) ? LabState.Load(folder) : LabState.TryLoad(folder);
        if (state is { Phase: LabPhase.Starting } && StarterLives(state))
        {
            throw LabException.WrongUse(
                $"lab '{request.Name}' is being started by process {state.StarterPid}",
                fix: $"Wait for it, or choose another name, for example --name {OtherName()}");
        }

        if (state is not { Phase: LabPhase.Running } || (state.LivesWithStarter && !StarterLives(state)))
        {
            if (containers.Count > 0 || Directory.Exists(folder.Path))
            {
                await RemoveAsync(folder, LeftBy(state?.Phase), cancellationToken);
            }

            return false;
        }

        var now = new PartsNow(state.Deployment, containers);
        if (now.Gone.Count == state.Deployment.Containers.Count)
        {
            // The machine or its engine was restarted: nothing runs that anybody could miss.
            await RemoveAsync(folder, $"removing lab '{request.Name}', of which nothing runs any more ...", cancellationToken);
            return false;
        }

        await CompareAsync(state, now, cancellationToken);
        return true;
    }

    // Throws where it is not the same, or not all of it runs.
    private async Task CompareAsync(LabState state, PartsNow now, CancellationToken cancellationToken)
    {
        var runs = state.Deployment;
        if (runs.Topology.Name != request.Topology.Name)
        {
            throw LabException.WrongUse(
                $"lab '{request.Name}' is running topology {runs.Topology.Name}, not {request.Topology.Name}",
                fix: $"Take it down first ({_takeDown}) or choose another name, for example --name {OtherName()}");
        }

        // A question inside a container takes as long as the comparison, for which nobody is asked.
        var asked = now.DownInSharedAsync(tools.Engine, cancellationToken);
        var images = new StartImages(tools, request);
        var inputs = images.Named(state.Inputs) ?? await images.InputsAsync(report.Note, cancellationToken);
        var wanted = DeploymentBuilder.Build(request.Topology, inputs with { LabName = request.Name, Ports = state.Inputs.Ports });
        var same = LabState.Same(wanted, runs);
        IReadOnlyList<(string Part, Verb First)> down = [.. now.Down, .. await asked];
        if (down.Count > 0)
        {
            var (parts, verbs) = (down.Select(one => one.Part), down.Select(one => ToType.On(request.Name, one.First.Word(), one.Part)));
            throw LabException.Failed(
                $"lab '{request.Name}' is there, but not all of it runs: {string.Join(", ", parts)}",
                fix: $"Let {(down.Count == 1 ? "it" : "them")} run ({string.Join(", ", verbs)}), or take all down ({_takeDown}) and up again");
        }

        if (!same)
        {
            throw LabException.WrongUse(
                $"lab '{request.Name}' was started from another version of topology {request.Topology.Name}{Changed(wanted, runs)}",
                fix: $"Take it down first ({_takeDown}) or choose another name, for example --name {OtherName()}");
        }
    }

    private Task RemoveAsync(LabFolder folder, string why, CancellationToken cancellationToken)
    {
        report.Note(why);
        return tools.Cleaner.RemoveAsync(request.Name, folder, cancellationToken);
    }

    private string LeftBy(LabPhase? phase) => phase switch
    {
        LabPhase.Failed => $"removing lab '{request.Name}', which did not start and was kept ...",
        LabPhase.Running => $"removing what an interrupted run of '{request.Name}' left behind ...",
        _ => $"removing what an interrupted start of '{request.Name}' left behind ...",
    };

    // One that nobody in this checkout has: reference-2.
    private string OtherName()
    {
        var stem = request.Name[..Math.Min(request.Name.Length, 37)];
        return Enumerable.Range(2, 99).Select(number => $"{stem}-{number}").First(name => !Directory.Exists(tools.Root.Lab(name).Path));
    }

    private bool StarterLives(LabState state) => tools.Processes.StartOf(state.StarterPid) == state.StarterStart;

    private static bool IsUp(ContainerSummary container) => container.State is "running" or "paused";

    private static string Changed(Deployment wanted, Deployment running)
    {
        var different = wanted.Files.Except(running.Files).Concat(running.Files.Except(wanted.Files));
        var files = different.Select(file => file.Path).Distinct().Order(StringComparer.Ordinal).ToArray();
        var more = files.Length > 3 ? $" and {files.Length - 3} more" : "";
        return files.Length == 0 ? "" : $" (different: {string.Join(", ", files.Take(3))}{more})";
    }

    // How the parts of a deployment are, by what the engine says of its containers; each that is down with the verb that lets it run.
    private sealed class PartsNow(Deployment deployment, IReadOnlyList<ContainerSummary> containers)
    {
        private readonly Dictionary<string, ContainerSummary> _up = containers.Where(IsUp)
            .ToDictionary(container => container.Labels.GetValueOrDefault(LabLabels.Container, ""));

        public IReadOnlyList<string> Gone => [.. deployment.Containers.Select(spec => spec.Name).Where(name => !_up.ContainsKey(name))];

        // Frozen is not gone: whoever froze it may want it back.
        public IEnumerable<(string Part, Verb First)> Down =>
        [
            .. Gone.Select(name => (name, Verb.Start)),
            .. deployment.Containers.Where(spec => StateOf(spec) == "paused").Select(spec => (spec.Name, Verb.Unpause)),
        ];

        public async Task<IEnumerable<(string Part, Verb First)>> DownInSharedAsync(
            IContainerEngine engine, CancellationToken cancellationToken)
        {
            var launchers = new Launchers(engine, name => _up[name].Id);
            var shared = deployment.Containers.Where(spec => spec.Kind == ContainerKind.Homeserver && StateOf(spec) == "running");
            var processes = await Task.WhenAll(shared.Select(spec => launchers.StatesAsync(spec.Name, cancellationToken)));
            return processes
                .SelectMany(those => those)
                .Where(process => process.Run != PartRun.Running)
                .Select(process => (process.Id, process.Run == PartRun.Paused ? Verb.Unpause : Verb.Start));
        }

        private string? StateOf(ContainerSpec spec) => _up.GetValueOrDefault(spec.Name)?.State;
    }
}
