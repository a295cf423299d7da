using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>
/// Starts labs: from a topology to everything healthy, on any runtime. Whatever ends a start, nothing is left behind, unless the caller wants to look at
/// it (<see cref="LabStartRequest.KeepFailed"/>), and what a killed command left behind is cleaned up before the next start.
/// </summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="processes">Processes and ports of this machine.</param>
public sealed class LabStarter(LabRoot root, IContainerEngine engine, TimeProvider time, ProcessTable processes)
{
    // A process whose log does not say that it listens is looked at all the same.
    private static readonly TimeSpan SignDeadline = TimeSpan.FromSeconds(2);

    // A first start from an empty database on a slow and busy machine; an ordinary one takes some ten seconds.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TurnDeadline = TimeSpan.FromMinutes(10);

    private readonly LabCleaner _cleaner = new(engine, processes, time);

    /// <summary>Starts a lab, or finds it running already.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="runtime">What to start it on.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends the start; what was started is removed.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    /// <returns>True: started now. False: the same lab was running already and nothing was changed.</returns>
    /// <exception cref="LabException">Exit code 2: no engine, ports taken, another lab of that name. Exit code 1: a container died or did not become healthy; all was removed again, but for what <see cref="LabException.Left"/> tells, or is kept.</exception>
    public async Task<bool> StartAsync(LabStartRequest request, ILabRuntime runtime, IStartReport report, CancellationToken cancellationToken, bool livesWithStarter = false)
    {
        using var lab = await PrepareAsync(request, runtime.Name, livesWithStarter, report, cancellationToken);
        if (lab is null)
        {
            return false;
        }

        try
        {
            await RunAsync(lab, token => runtime.StartAsync(lab.Deployment, lab.Folder, token), report, cancellationToken);
            return true;
        }
        catch (Exception e)
        {
            report.Failed(ProblemsOf(e));
            if (request.KeepFailed && e is not OperationCanceledException)
            {
                Keep(lab, e);
                throw;
            }

            report.Note("taking everything down again ...");
            if (await UndoAsync(lab, e, () => runtime.RemoveAsync(request.Name, lab.Folder, CancellationToken.None)) is { } notAll)
            {
                throw notAll;
            }

            throw;
        }
    }

    /// <summary>The first step of a start, before any container: the engine, what is there of that name, images, ports, and the lab's folder with all files and secrets.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="runtime">What will start it, see <see cref="LabState.Runtime"/>.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends it; nothing is left.</param>
    /// <returns>Ready to be run; null: the same lab is running already and nothing was changed.</returns>
    /// <exception cref="LabException">Exit code 2: no engine, ports taken, another lab of that name. Exit code 1: a lab of that name of which not all runs.</exception>
    public async Task<PreparedLab?> PrepareAsync(LabStartRequest request, string runtime, bool livesWithStarter, IStartReport report, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var folder = root.Lab(LabName.Check(request.Name));
        PreparedLab? lab = null;
        Task written;
        var claims = new PortClaims();
        try
        {
            await new MachineImages(root, engine).EnsureEngineAsync(report.Note, cancellationToken);
            // One command at a time chooses ports and looks at what is there.
            using (await FileLock.TakeAsync(Path.Combine(root.StateFolder, "start.lock"), "another ./lab up has chosen its ports", TurnDeadline, new Waiter(time), cancellationToken))
            {
                if (await IsRunningAsync(request, folder, report, cancellationToken))
                {
                    claims.Dispose();
                    return null;
                }

                var images = ImagesAsync(request, report, cancellationToken);
                var ports = await new PortPlanner(engine, processes).ChooseAsync(request.Topology, request.PortOffset, Others(request.Name), claims, report.Note, cancellationToken);
                var inputs = await images with { LabName = request.Name, Ports = ports };
                lab = new PreparedLab(
                    new LabState
                    {
                        Phase = LabPhase.Starting,
                        Runtime = runtime,
                        LivesWithStarter = livesWithStarter,
                        StarterPid = Environment.ProcessId,
                        StarterStart = processes.StartOf(Environment.ProcessId) ?? 0,
                        StartedAt = time.GetUtcNow(),
                        Inputs = inputs,
                        TopologyText = request.Topology.Text,
                        Deployment = DeploymentBuilder.Build(request.Topology, inputs),
                    },
                    folder,
                    claims,
                    begun);
                // Side by side: nothing else of the start can use the second core yet.
                written = Task.WhenAll(
                    Task.Run(() => lab.State.Save(folder), CancellationToken.None),
                    Task.Run(() => WriteFiles(lab.Deployment, folder), CancellationToken.None));
                // From then on its ports are known to be taken. What failed is thrown below.
                await written.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }

            await written;
            return lab;
        }
        catch (Exception e)
        {
            claims.Dispose();
            if (lab is null)
            {
                throw;
            }

            report.Failed(ProblemsOf(e));
            report.Note("taking everything down again ...");
            if (await UndoAsync(lab, e) is { } notAll)
            {
                throw notAll;
            }

            throw;
        }
    }

    /// <summary>The second step: until everything is healthy, or the first container has died. The lab's folder says then that it runs.</summary>
    /// <param name="lab">From <see cref="PrepareAsync"/>.</param>
    /// <param name="startAsync">Has the containers started; it may return before they are.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends it; what was started stays for <see cref="UndoAsync"/>.</param>
    /// <exception cref="LabException">A container died or did not become healthy (exit code 1), or could not be started.</exception>
    public async Task RunAsync(PreparedLab lab, Func<CancellationToken, Task> startAsync, IStartReport report, CancellationToken cancellationToken)
    {
        await UntilHealthyAsync(lab, startAsync, report, cancellationToken);
        (lab.State with { Phase = LabPhase.Running }).Save(lab.Folder);
    }

    /// <summary>The step after a failure where the lab is to be looked at: its folder says from then on that it did not start, and why. Everything stays as it is.</summary>
    /// <param name="lab">From <see cref="PrepareAsync"/>.</param>
    /// <param name="cause">What failed.</param>
    public static void Keep(PreparedLab lab, Exception cause) =>
        (lab.State with { Phase = LabPhase.Failed, Failure = [.. ProblemsOf(cause).Select(problem => problem.ToString())] }).Save(lab.Folder);

    /// <summary>The step after a failure: removes everything that was started, both ways, whichever fails: the second finds by label what the first left.</summary>
    /// <param name="lab">From <see cref="PrepareAsync"/>.</param>
    /// <param name="cause">What failed.</param>
    /// <param name="removeAsync">The runtime's own way.</param>
    /// <returns>What failed and what is left; null: nothing is.</returns>
    public async Task<LabException?> UndoAsync(PreparedLab lab, Exception cause, params IEnumerable<Func<Task>> removeAsync)
    {
        var left = new List<Problem>();
        foreach (var remove in removeAsync.Append(() => _cleaner.RemoveAsync(lab.Name, lab.Folder, CancellationToken.None)))
        {
            try
            {
                await remove();
            }
            catch (Exception e)
            {
                left.AddRange(ProblemsOf(e).Select(problem => problem with { What = $"while taking it down: {problem.What}" }));
            }
        }

        var code = cause is LabException known ? known.ExitCode : DiskProblem.Of(cause) is null ? ExitCodes.Failed : ExitCodes.WrongUse;
        return left.Count == 0 ? null : new LabException(code, [.. ProblemsOf(cause), .. left], cause) { Left = left };
    }

    /// <summary>What went wrong in a start, in a user's words.</summary>
    public static IReadOnlyList<Problem> ProblemsOf(Exception e) => e switch
    {
        LabException known => known.Problems,
        OperationCanceledException => [new Problem("interrupted")],
        _ => [DiskProblem.Of(e) ?? new Problem(e.GetBaseException().Message)],
    };

    // Files first: they make the folders that containers look into, secrets those of the owner alone.
    private void WriteFiles(Deployment deployment, LabFolder folder)
    {
        LabFileWriter.Write(folder, deployment.Files);
        new SecretWriter(time).Write(folder, deployment.Secrets);
    }

    /// <summary>Removes a lab with everything that belongs to it.</summary>
    /// <returns>Whether there was anything to remove.</returns>
    public Task<bool> StopAsync(string labName, CancellationToken cancellationToken) => _cleaner.RemoveAsync(labName, root.Lab(labName), cancellationToken);

    /// <summary>Names of all labs of this checkout that run or of which something is left, in order.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var folders = Directory.Exists(root.LabsFolder) ? Directory.EnumerateDirectories(root.LabsFolder).Select(Path.GetFileName).OfType<string>() : [];
        var containers = await engine.ListAsync(LabLabels.Name, cancellationToken);
        // Other checkouts on this machine have labs of their own.
        return [.. folders.Concat(root.LabsAmong(containers)).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Folders of labs of that name that other checkouts have on this machine.</summary>
    public async Task<IReadOnlyList<string>> OthersAsync(string labName, CancellationToken cancellationToken) =>
        [.. (await engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken)).Select(container => LabLabels.FolderOf(container.Labels)).OfType<string>().Where(folder => folder != root.Lab(labName).Path).Distinct()];

    private async Task UntilHealthyAsync(PreparedLab lab, Func<CancellationToken, Task> startAsync, IStartReport report, CancellationToken cancellationToken)
    {
        var (state, folder) = (lab.State, lab.Folder);
        await using var watch = new ContainerWatch(engine, state.Deployment, state.StartedAt);
        using var parts = new PartClient(state.Deployment, folder, engine, (spec, token) => watch.IdOfAsync(spec.Name, token));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Looked at while the runtime is still starting the rest: what is up early is seen early.
        var starting = startAsync(ended.Token);
        var ready = new Waiter(time).UntilAsync(
            Deadline,
            StartChecks(state.Deployment, watch.Signs, parts),
            (check, _) => report.Healthy(check.Name, time.GetElapsedTime(lab.Begun)),
            ended.Token);
        var all = Task.WhenAll(starting, ready);
        try
        {
            var first = await Task.WhenAny(all, watch.Death, starting.ContinueWith(task => task.IsFaulted ? task : all, TaskScheduler.Default).Unwrap());
            if (first == watch.Death)
            {
                throw new LabException(ExitCodes.Failed, await watch.Death);
            }

            await first;
        }
        catch
        {
            await ended.CancelAsync();
            await all.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>
    /// The checks of <see cref="Readiness"/>, each part looked at from when its log says that it listens, and workers and the proxy only once main is
    /// healthy, without which they can't be: a look takes some hundredths of a second of a worker's CPU, and main is still starting on it.
    /// </summary>
    public static IReadOnlyList<Condition> StartChecks(Deployment deployment, ListeningSigns signs, PartClient parts)
    {
        var mains = deployment.Homeservers.ToDictionary(homeserver => homeserver.Main.Id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var readiness = new Readiness(deployment, parts);
        return [.. LabPart.All(deployment).Select(part => AfterSign(readiness.Of(part), part))];

        Condition AfterSign(Condition check, LabPart part) => check with
        {
            ObserveAsync = async token =>
            {
                try
                {
                    await Task.WhenAll(SignsOf(part, token)).WaitAsync(SignDeadline, token);
                }
                catch (Exception e) when (e is TimeoutException or EngineException or IOException or HttpRequestException)
                {
                    // No sign: look.
                }

                var look = await check.ObserveAsync(token);
                if (look.Holds && mains.TryGetValue(part.Name, out var main))
                {
                    main.TrySetResult();
                }

                return look;
            },
        };

        IEnumerable<Task> SignsOf(LabPart part, CancellationToken token) => part switch
        {
            { Container.Kind: ContainerKind.Proxy } => mains.Values.Select(main => main.Task),
            { Process: { IsMain: false } worker } => [signs.ListeningAsync(part.Container.Name, token), mains[MainOf(worker)].Task],
            _ => [signs.ListeningAsync(part.Container.Name, token)],
        };

        string MainOf(SynapseProcess worker) => deployment.Homeservers.Single(homeserver => homeserver.Key == worker.HomeserverKey).Main.Id;
    }

    private async Task<DeploymentInputs> ImagesAsync(LabStartRequest request, IStartReport report, CancellationToken cancellationToken)
    {
        var images = await new MachineImages(root, engine).ForLabAsync(request.Topology.SynapseImage, report.Note, cancellationToken);
        var prepared = request.PreparedDatabase
            ? await new PreparedDatabase(root, engine, new Waiter(time)).ForLabAsync(images, report.Note, cancellationToken)
            : null;
        return new DeploymentInputs { Images = prepared ?? images, PreparedDatabase = prepared is not null, HostPrefix = request.HostPrefix };
    }

    // Images are there where a lab runs on them. Null: set-up has not run to its end, or one of the two has a prepared database and the other has none.
    private DeploymentInputs? NamedInputs(LabStartRequest request, DeploymentInputs running) =>
        running.PreparedDatabase == request.PreparedDatabase && new MachineImages(root, engine).Named(request.Topology.SynapseImage) is { } images
            ? new DeploymentInputs { Images = request.PreparedDatabase ? PreparedDatabase.Named(images) : images, PreparedDatabase = request.PreparedDatabase, HostPrefix = request.HostPrefix }
            : null;

    // True: the same lab runs. False: nothing of that name is there (any more).
    private async Task<bool> IsRunningAsync(LabStartRequest request, LabFolder folder, IStartReport report, CancellationToken cancellationToken)
    {
        var containers = await engine.ListAsync($"{LabLabels.Name}={request.Name}", cancellationToken);
        if (containers.FirstOrDefault(container => !folder.Owns(container.Labels)) is { } other)
        {
            throw LabException.WrongUse(
                $"a lab '{request.Name}' of another checkout is on this machine ({LabLabels.FolderOf(other.Labels) ?? other.Name})",
                fix: $"Choose another name, for example --name {OtherName(request)}, or take that one down where it was started");
        }

        // One that another version started and that still runs is not this one's to judge.
        var state = containers.Any(container => container.State is "running" or "paused") ? LabState.Load(folder) : LabState.TryLoad(folder);
        if (state is { Phase: LabPhase.Starting } && processes.StartOf(state.StarterPid) == state.StarterStart)
        {
            throw LabException.WrongUse($"lab '{request.Name}' is being started by process {state.StarterPid}", fix: $"Wait for it, or choose another name, for example --name {OtherName(request)}");
        }

        if (state is not { Phase: LabPhase.Running } || (state.LivesWithStarter && processes.StartOf(state.StarterPid) != state.StarterStart))
        {
            if (containers.Count > 0 || Directory.Exists(folder.Path))
            {
                report.Note(state is { Phase: LabPhase.Failed }
                    ? $"removing lab '{request.Name}', which did not start and was kept ..."
                    : $"removing what an interrupted {(state is { Phase: LabPhase.Running } ? "run" : "start")} of '{request.Name}' left behind ...");
                await _cleaner.RemoveAsync(request.Name, folder, cancellationToken);
            }

            return false;
        }

        var dead = state.Deployment.Containers.Where(spec => !containers.Any(container => container.State is "running" or "paused" && container.Labels.GetValueOrDefault(LabLabels.Container) == spec.Name)).ToArray();
        if (dead.Length == state.Deployment.Containers.Count)
        {
            // The machine or its engine was restarted: nothing runs that anybody could miss.
            report.Note($"removing lab '{request.Name}', of which nothing runs any more ...");
            await _cleaner.RemoveAsync(request.Name, folder, cancellationToken);
            return false;
        }

        var takeDown = ToType.Lab("down", request.Name);
        if (state.Deployment.Topology.Name != request.Topology.Name)
        {
            throw LabException.WrongUse(
                $"lab '{request.Name}' is running topology {state.Deployment.Topology.Name}, not {request.Topology.Name}",
                fix: $"Take it down first ({takeDown}) or choose another name, for example --name {OtherName(request)}");
        }

        // A question inside a container takes as long as the comparison, for which nobody is asked.
        var asked = DownInSharedContainersAsync(state.Deployment, containers, cancellationToken);
        var inputs = NamedInputs(request, state.Inputs) ?? await ImagesAsync(request, report, cancellationToken);
        var wanted = DeploymentBuilder.Build(request.Topology, inputs with { LabName = request.Name, Ports = state.Inputs.Ports });
        var same = LabState.Same(wanted, state.Deployment);
        // Frozen is not gone: whoever froze it may want it back.
        var frozen = state.Deployment.Containers.Where(spec => containers.Any(container => container.State == "paused" && container.Labels.GetValueOrDefault(LabLabels.Container) == spec.Name));
        (string Part, Verb First)[] down =
        [
            .. dead.Select(spec => (spec.Name, Verb.Start)),
            .. frozen.Select(spec => (spec.Name, Verb.Unpause)),
            .. await asked,
        ];
        if (down.Length > 0)
        {
            throw LabException.Failed(
                $"lab '{request.Name}' is there, but not all of it runs: {string.Join(", ", down.Select(one => one.Part))}",
                fix: $"Let {(down.Length == 1 ? "it" : "them")} run ({string.Join(", ", down.Select(one => ToType.On(request.Name, one.First.Word(), one.Part)))}), or take all down ({takeDown}) and up again");
        }

        if (!same)
        {
            throw LabException.WrongUse(
                $"lab '{request.Name}' was started from another version of topology {request.Topology.Name}{Changed(wanted, state.Deployment)}",
                fix: $"Take it down first ({takeDown}) or choose another name, for example --name {OtherName(request)}");
        }

        return true;
    }

    private async Task<IEnumerable<(string Part, Verb First)>> DownInSharedContainersAsync(Deployment deployment, IReadOnlyList<ContainerSummary> containers, CancellationToken cancellationToken)
    {
        var running = containers.Where(container => container.State == "running").ToDictionary(container => container.Labels.GetValueOrDefault(LabLabels.Container, ""), container => container.Id);
        var launchers = new Launchers(engine, name => running[name]);
        var shared = deployment.Containers.Where(container => container.Kind == ContainerKind.Homeserver && running.ContainsKey(container.Name));
        var processes = await Task.WhenAll(shared.Select(container => launchers.StatesAsync(container.Name, cancellationToken)));
        return processes.SelectMany(those => those).Where(process => process.Run != PartRun.Running).Select(process => (process.Id, process.Run == PartRun.Paused ? Verb.Unpause : Verb.Start));
    }

    // One that nobody in this checkout has: reference-2.
    private string OtherName(LabStartRequest request) =>
        Enumerable.Range(2, 99).Select(number => $"{request.Name[..Math.Min(request.Name.Length, 37)]}-{number}").First(name => !Directory.Exists(root.Lab(name).Path));

    private static string Changed(Deployment wanted, Deployment running)
    {
        var files = wanted.Files.Except(running.Files).Concat(running.Files.Except(wanted.Files)).Select(file => file.Path).Distinct().Order(StringComparer.Ordinal).ToArray();
        return files.Length == 0 ? "" : $" (different: {string.Join(", ", files.Take(3))}{(files.Length > 3 ? $" and {files.Length - 3} more" : "")})";
    }

    private List<LabState> Others(string name) =>
        Directory.Exists(root.LabsFolder)
            ? [.. Directory.EnumerateDirectories(root.LabsFolder)
                .Where(folder => Path.GetFileName(folder) != name)
                .Select(folder => LabState.TryLoad(new LabFolder(folder)))
                .OfType<LabState>()]
            : [];
}
