using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>One start of a lab: its steps, and what they hand on to each other.
/// Disposing gives up the turn and the ports that nobody has taken over.</summary>
/// <param name="tools">What steps are taken with.</param>
/// <param name="request">What to start.</param>
/// <param name="report">Is told how it goes.</param>
internal sealed class LabStart(StartTools tools, LabStartRequest request, IStartReport report) : IDisposable
{
    private static readonly TimeSpan TurnDeadline = TimeSpan.FromMinutes(10);

    private readonly long _begun = tools.Time.GetTimestamp();
    private readonly LabFolder _folder = tools.Root.Lab(LabName.Check(request.Name));
    private PortClaims? _claims = new();
    private FileLock? _turn;
    private bool _runsAlready;

    /// <summary>The lab, once its folder is written; null before, and where the same lab is running already.</summary>
    public PreparedLab? Lab { get; private set; }

    /// <summary>Everything before the first container: the engine, what is there of that name, images, ports,
    /// and the lab's folder.</summary>
    /// <param name="runtime">See <see cref="LabState.Runtime"/>.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    public IEnumerable<StartStep> Preparation(string runtime, bool livesWithStarter)
    {
        yield return new StartStep(EnsureEngineAsync);
        yield return new StartStep(TakeTurnAsync);
        yield return new StartStep(LookAtEarlierAsync);
        if (!_runsAlready)
        {
            LabState? state = null;
            yield return new StartStep(async token => state = StateOf(await ChooseImagesAndPortsAsync(token), runtime, livesWithStarter));
            yield return new StartStep(_ => WriteFolderAsync(state!), RemoveFolderAsync);
        }
    }

    /// <summary>All steps of a start on a runtime.</summary>
    /// <param name="runtime">Starts the containers.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    public IEnumerable<StartStep> All(ILabRuntime runtime, bool livesWithStarter)
    {
        foreach (var step in Preparation(runtime.Name, livesWithStarter))
        {
            yield return step;
        }

        if (Lab is { } lab)
        {
            var rise = new LabRise(tools, lab, report);
            yield return new StartStep(
                token => rise.RunAsync(starting => runtime.StartAsync(lab.Deployment, lab.Folder, starting), token),
                () => runtime.RemoveAsync(lab.Name, lab.Folder, CancellationToken.None));
        }
    }

    /// <summary>The lab, whose ports are its own from then on; null where the same lab is running already.</summary>
    public PreparedLab? HandOver()
    {
        _claims = Lab is null ? _claims : null;
        return Lab;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn?.Dispose();
        _claims?.Dispose();
    }

    private Task EnsureEngineAsync(CancellationToken cancellationToken) =>
        new MachineImages(tools.Root, tools.Engine).EnsureEngineAsync(report.Note, cancellationToken);

    // One command at a time chooses ports and looks at what is there.
    private async Task TakeTurnAsync(CancellationToken cancellationToken) => _turn = await FileLock.TakeAsync(
        Path.Combine(tools.Root.StateFolder, "start.lock"), "another ./lab up has chosen its ports", TurnDeadline, new Waiter(tools.Time), cancellationToken);

    private async Task LookAtEarlierAsync(CancellationToken cancellationToken) =>
        _runsAlready = await new EarlierLab(tools, request, report).RunsAsync(_folder, cancellationToken);

    private async Task<DeploymentInputs> ChooseImagesAndPortsAsync(CancellationToken cancellationToken)
    {
        var images = new StartImages(tools, request).InputsAsync(report.Note, cancellationToken);
        var others = LabState.LoadAll(tools.Root).Where(state => state.Deployment.LabName != request.Name).ToArray();
        var ports = await new PortPlanner(tools.Engine, tools.Processes)
            .ChooseAsync(request.Topology, request.PortOffset, others, _claims!, report.Note, cancellationToken);
        return await images with { LabName = request.Name, Ports = ports };
    }

    private LabState StateOf(DeploymentInputs inputs, string runtime, bool livesWithStarter) => new()
    {
        Phase = LabPhase.Starting,
        Runtime = runtime,
        LivesWithStarter = livesWithStarter,
        StarterPid = Environment.ProcessId,
        StarterStart = tools.Processes.StartOf(Environment.ProcessId) ?? 0,
        StartedAt = tools.Time.GetUtcNow(),
        Inputs = inputs,
        TopologyText = request.Topology.Text,
        Deployment = DeploymentBuilder.Build(request.Topology, inputs),
    };

    private async Task WriteFolderAsync(LabState state)
    {
        // From then on its ports are known to be taken.
        using (_turn)
        {
            // Side by side: nothing else of the start can use the second core yet.
            await Task.WhenAll(Task.Run(() => state.Save(_folder)), Task.Run(() => WriteFiles(state.Deployment)));
        }

        Lab = new PreparedLab(state, _folder, _claims!, _begun);
    }

    // Files first: they make the folders that containers look into, secrets those of the owner alone.
    private void WriteFiles(Deployment deployment)
    {
        LabFileWriter.Write(_folder, deployment.Files);
        new SecretWriter(tools.Time).Write(_folder, deployment.Secrets);
    }

    private Task RemoveFolderAsync() => tools.Cleaner.RemoveAsync(request.Name, _folder, CancellationToken.None);
}
