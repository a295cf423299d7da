using SynapseLab.Hosting.Model;
using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;
using LogLine = SynapseLab.Runtimes.Engine.LogLine;

namespace SynapseLab.Hosting.Lifecycle;

/// <summary>
/// A deployment in the life of an application: before the start the lab is prepared (engine, images, ports, folder), so that what is wrong with the machine
/// ends the start before there is a dashboard; while the containers start it is followed until all is healthy, and then until somebody takes it down;
/// when the application stops, everything of it is removed.
/// </summary>
internal sealed class SynapseLifecycle(
    SynapseDeployment plan,
    SynapseModel model,
    IServiceProvider services,
    ResourceNotificationService notifications,
    ResourceLoggerService resourceLogs,
    IHostApplicationLifetime lifetime,
    ILogger<SynapseLifecycle> log) : IPreparedLab, IDistributedApplicationEventingSubscriber, IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ProcessTable _processes = new();
    private readonly Lock _gate = new();

    // Aspire's orchestrator has an end of its own to make where tests wait for that (DcpPublisher:WaitForResourceCleanup), and looks for a network that is gone for half a minute.
    private readonly List<string> _sessionNetworks = [];
    private PreparedLab? _lab;
    private PartClient? _parts;
    private Readiness? _readiness;
    private Task _following = Task.CompletedTask;
    private Task? _emptying;
    private Task _removal = Task.CompletedTask;

    /// <summary>What it is about.</summary>
    public SynapseDeployment Plan => plan;

    /// <summary>Whether the application is there for this deployment alone and ends with it. Otherwise what goes wrong with it is shown on its resource, and the rest of the application goes on.</summary>
    public bool EndsApplication { get; set; }

    /// <summary>What ended it, other than somebody who wanted it down; null: nothing.</summary>
    public LabException? Failure { get; private set; }

    // Not before it is needed: in a model that is only looked at, nobody asks for an engine.
    private IContainerEngine Engine => services.GetRequiredService<IContainerEngine>();

    private LabStarter Starter => new(plan.LabRoot, Engine, TimeProvider.System, _processes);

    private LabCleaner Cleaner => new(Engine, _processes, TimeProvider.System);

    /// <inheritdoc/>
    public IReadOnlyList<Condition> ChecksOf(string container) =>
        [.. LabPart.All(plan.Deployment).Where(part => part.Container.Name == container).Select(part => _readiness?.Of(part) ?? NotStarted(part.Name))];

    /// <inheritdoc/>
    public IReadOnlyList<Condition> ChecksOf(Homeserver homeserver) =>
        [_parts is { } parts ? new Condition(homeserver.ServerName, token => parts.ReachedAsync(homeserver, token)) : NotStarted(homeserver.ServerName)];

    /// <summary>Metrics of a process now; null: the lab has not been prepared.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<MetricsSnapshot?> MetricsAsync(SynapseProcess process, CancellationToken cancellationToken) =>
        _parts is { } parts ? await parts.MetricsAsync(process, cancellationToken) : null;

    /// <summary>Follows the lines of a container through all its runs; while it is down it is looked for once in a second.</summary>
    /// <param name="container">The container.</param>
    /// <param name="take">Takes each line once, in order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task FollowAsync(ContainerSpec container, Action<LogLine> take, CancellationToken cancellationToken) =>
        new FollowedLog(Engine, ContainerResources.EngineName(plan.Deployment, container), new Waiter(TimeProvider.System, TimeSpan.FromSeconds(1))).FollowAsync(null, untilRemoved: false, take, cancellationToken);

    /// <inheritdoc/>
    public Task<RunningLab> AttachAsync(CancellationToken cancellationToken) => RunningLab.AttachAsync(plan.Request.Name, plan.LabRoot, cancellationToken);

    /// <summary>Waits until Aspire shows every container as running: that one ended and runs again, its orchestrator tells a while later.</summary>
    /// <exception cref="LabException">It does not (exit code 1).</exception>
    public Task ShownRunningAsync(Waiter waiter, CancellationToken cancellationToken) => waiter.UntilAsync(
        ShownWithin,
        [
            .. model.Containers.Select(container => new Condition($"Aspire shows {container.Name} as running", async token =>
            {
                await notifications.WaitForResourceAsync(container.Name, KnownResourceStates.Running, token);
                return Observation.Yes("running");
            })),
        ],
        null,
        cancellationToken);

    /// <inheritdoc/>
    public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        if (executionContext.IsRunMode)
        {
            eventing.Subscribe<BeforeStartEvent>((start, token) => PrepareAsync(start.Model, token));
            eventing.Subscribe<InitializeResourceEvent>(plan.Root, (_, _) => _lab is null && Failure is { } failure ? ShowAsync(failure) : Task.CompletedTask);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_lab is { } lab)
        {
            _following = FollowAsync(lab);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Before Aspire's own stop, which gives one container after the other a time of grace; there is nothing in a lab that has to be saved. Two who stop an application
    /// at once, a program and the test that it runs in, both wait for the one removal, here and at the end.
    /// </summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _emptying ??= EmptyAsync();
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After Aspire's own stop: nothing is started any more.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => RemoveAsync();

    /// <summary>Removes what is left of it. Does nothing where nothing is.</summary>
    public Task RemoveAsync()
    {
        lock (_gate)
        {
            if (_lab is { } lab)
            {
                _lab = null;
                _removal = RemoveAsync(lab);
            }

            return _removal;
        }
    }

    /// <inheritdoc/>
    // Not what stops it: Aspire.Hosting.Testing stops a host that it has disposed of already.
    public void Dispose() => _parts?.Dispose();

    private async Task PrepareAsync(DistributedApplicationModel application, CancellationToken cancellationToken)
    {
        if (plan.Problems.Count > 0)
        {
            throw new LabException(ExitCodes.WrongUse, plan.Problems);
        }

        CheckServerNames(application);
        try
        {
            _lab = await Starter.PrepareAsync(plan.Request, "aspire", livesWithStarter: true, new Report(this), cancellationToken) ?? throw RunsAlready;
        }
        catch (LabException e) when (!EndsApplication)
        {
            Failure = e;
            model.HoldBack();
            return;
        }

        model.Resolve(_lab.Deployment);
        // Aspire's orchestrator is a program of its own, and finds the engine through this process's environment.
        Environment.SetEnvironmentVariable(EngineLookup.HostVariable, Engine.Socket.Host);
        _parts = new PartClient(_lab.Deployment, _lab.Folder, Engine, (spec, _) => Task.FromResult(ContainerResources.EngineName(plan.Deployment, spec)));
        _readiness = new Readiness(_lab.Deployment, _parts);
    }

    private LabException RunsAlready => new(
        ExitCodes.Fine,
        new Problem($"lab {plan.Request.Name} is running already; nothing was changed", Fix: $"Take it down first ({ToType.Lab("down", plan.Request.Name)}) or choose another name"));

    // Both would answer to it on the application's network.
    private static void CheckServerNames(DistributedApplicationModel application)
    {
        if (application.Resources.OfType<SynapseResource>().GroupBy(homeserver => homeserver.ServerName).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw LabException.WrongUse(
                $"{string.Join(" and ", twice.Select(homeserver => $"'{homeserver.Name}'"))} have the same server_name {twice.Key}", fix: "Give one of them another: .WithServerName(\"hs2.test\")");
        }
    }

    private async Task FollowAsync(PreparedLab lab)
    {
        var healthy = false;
        try
        {
            await Starter.RunAsync(lab, CreatedAsync, new Report(this), _stopping.Token);
            healthy = true;
            // The containers hold the ports.
            lab.Claims.Dispose();
            Say(LogLevel.Information, $"lab {lab.Name} is healthy after {TimeProvider.System.GetElapsedTime(lab.Begun).TotalSeconds:0.0} s");
            foreach (var homeserver in lab.Deployment.Homeservers)
            {
                Say(LogLevel.Information, $"{homeserver.ServerName}: {string.Join(", ", lab.Deployment.Endpoints.Where(endpoint => endpoint.HomeserverKey == homeserver.Key).Select(endpoint => $"{endpoint.Name} {endpoint.Uri.OriginalString}"))}");
            }

            Say(LogLevel.Information, $"status: {ToType.On(lab.Name, "status")}");
            await SetStateAsync(KnownResourceStates.Running);
            await LabFollower.UntilTakenDownAsync(Engine, lab.Name, line => Say(LogLevel.Warning, line), _stopping.Token);
            Say(LogLevel.Information, $"lab {lab.Name} was taken down");
            await SetStateAsync(KnownResourceStates.Exited);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            Failure = healthy ? null : LabException.Failed("interrupted");
            return;
        }
        catch (Exception e)
        {
            Failure = e as LabException ?? new LabException(ExitCodes.Failed, LabStarter.ProblemsOf(e), e);
            var kept = !healthy && (!EndsApplication || plan.KeepFailed);
            if (kept)
            {
                // Before it is shown: who sees it may look at once.
                LabStarter.Keep(lab, e);
            }

            await ShowAsync(Failure);
            if (kept)
            {
                await UntilSeenEnoughAsync(lab);
            }
        }

        if (EndsApplication)
        {
            lifetime.StopApplication();
        }
    }

    // Until the application ends, or somebody has seen enough of it and takes it down.
    private async Task UntilSeenEnoughAsync(PreparedLab lab)
    {
        Say(LogLevel.Error, $"lab {lab.Name} did not start and is kept as it is while this application runs: {ToType.On(lab.Name, "status")}, {ToType.On(lab.Name, "collect", "DIR")}");
        try
        {
            await LabFollower.UntilTakenDownAsync(Engine, lab.Name, _ => { }, _stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or LabException)
        {
            // The application ends, or the engine does.
        }
    }

    // Aspire's own word that all is created (AfterResourcesCreatedEvent) comes when what waits for a homeserver is created too: after the homeserver is healthy.
    private Task CreatedAsync(CancellationToken cancellationToken) => Task.WhenAll(model.Containers.Select(container => notifications.WaitForResourceAsync(
        container.Name,
        one => one.Snapshot.State?.Text is { } state && (state == KnownResourceStates.Running || state == KnownResourceStates.RuntimeUnhealthy || KnownResourceStates.TerminalStates.Contains(state)),
        cancellationToken)));

    private Task ShowAsync(LabException failure)
    {
        foreach (var problem in failure.Problems)
        {
            resourceLogs.GetLogger(plan.Root).LogError("{Problem}", problem);
        }

        return SetStateAsync(KnownResourceStates.FailedToStart);
    }

    private async Task SetStateAsync(string state)
    {
        foreach (var resource in plan.Homeservers.Cast<IResource>().Append(plan.Root).Distinct())
        {
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with { State = state, Urls = resource is SynapseResource homeserver ? UrlsOf(homeserver) : snapshot.Urls });
        }
    }

    // Links on the dashboard: Aspire itself makes some only for what has endpoints.
    private ImmutableArray<UrlSnapshot> UrlsOf(SynapseResource homeserver) =>
    [
        .. plan.Deployment.Endpoints
            .Where(endpoint => endpoint.HomeserverKey == homeserver.Homeserver.Key)
            .Select(endpoint => new UrlSnapshot(endpoint.Name, endpoint.Uri.ToString(), IsInternal: false) { DisplayProperties = new(endpoint.Name) }),
    ];

    private async Task EmptyAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        if (_lab is { } lab)
        {
            await TryAsync(() => Cleaner.RemoveContainersAsync(lab.Name, lab.Folder, CancellationToken.None, _sessionNetworks));
        }
    }

    private async Task RemoveAsync(PreparedLab lab)
    {
        lab.Dispose();
        await TryAsync(() => Cleaner.RemoveAsync(lab.Name, lab.Folder, CancellationToken.None));
        await Task.WhenAll(_sessionNetworks.Select(network => Engine.RemoveNetworkAsync(network, CancellationToken.None)));
    }

    private async Task TryAsync(Func<Task> removeAsync)
    {
        try
        {
            await removeAsync();
        }
        catch (LabException e)
        {
            Failure = new LabException(Failure?.ExitCode ?? e.ExitCode, [.. Failure?.Problems ?? [], .. e.Problems], e) { Left = e.Problems };
        }
    }

    // On the console of the program, and on that of the resource in the dashboard.
    private void Say(LogLevel level, string line)
    {
        log.Log(level, "{Line}", line);
        resourceLogs.GetLogger(plan.Root).Log(level, "{Line}", line);
    }

    private static Condition NotStarted(string name) => new(name, _ => Task.FromResult(Observation.No("not started")));

    private sealed class Report(SynapseLifecycle lifecycle) : IStartReport
    {
        public void Note(string line) => lifecycle.Say(LogLevel.Information, line);

        public void Healthy(string part, TimeSpan after) => lifecycle.Say(LogLevel.Information, $"{after.TotalSeconds,6:0.0} s  {part}");

        public void Failed(IReadOnlyList<Problem> problems)
        {
            // Whoever runs the application is told by the exception.
        }
    }
}
