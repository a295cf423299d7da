using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynapseLab.Hosting.Model;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Hosting.Lifecycle;

/// <summary>
/// A deployment in the life of an application: before the start the lab is prepared (engine, images, ports,
/// folder), so that what is wrong with the machine ends the start before there is a dashboard; while the containers start it is
/// followed until all is healthy, and then until somebody takes it down; when the application stops, everything of it is removed.
/// </summary>
internal sealed class SynapseLifecycle : IDistributedApplicationEventingSubscriber, IHostedLifecycleService, IDisposable
{
    private readonly SynapseModel _model;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ProcessTable _processes = new();
    private readonly LabRemoval _removal;
    private PreparedLab? _lab;
    private Task _following = Task.CompletedTask;
    private LabException? _endedBy;

    public SynapseLifecycle(
        SynapseDeployment plan,
        SynapseModel model,
        IServiceProvider services,
        ResourceNotificationService notifications,
        ResourceLoggerService resourceLogs,
        IHostApplicationLifetime lifetime,
        ILogger<SynapseLifecycle> log)
    {
        (Plan, _model, _services, _lifetime) = (plan, model, services, lifetime);
        Lab = new LabConnection(plan, () => Engine);
        Shown = new ShownResources(plan, model, notifications, resourceLogs, log);
        _removal = new LabRemoval(() => new LabCleaner(Engine, _processes, TimeProvider.System), () => Engine);
    }

    /// <summary>What it is about.</summary>
    public SynapseDeployment Plan { get; }

    /// <summary>The lab, to be asked.</summary>
    public LabConnection Lab { get; }

    /// <summary>What Aspire shows of it.</summary>
    public ShownResources Shown { get; }

    /// <summary>Whether the application is there for this deployment alone and ends with it. Otherwise what goes
    /// wrong with it is shown on its resource, and the rest of the application goes on.</summary>
    public bool EndsApplication { get; set; }

    /// <summary>What ended it, other than somebody who wanted it down, and what could not be removed; null: nothing.</summary>
    public LabException? EndedBy => _removal.Failure is { } left
        ? new LabException((_endedBy ?? left).ExitCode, [.. _endedBy?.Problems ?? [], .. left.Problems], left) { Left = left.Problems }
        : _endedBy;

    // Not before it is needed: in a model that is only looked at, nobody asks for an engine.
    private IContainerEngine Engine => _services.GetRequiredService<IContainerEngine>();

    private LabStarter Starter => new(Plan.LabRoot, Engine, TimeProvider.System, _processes);

    /// <inheritdoc/>
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        if (executionContext.IsRunMode)
        {
            eventing.Subscribe<BeforeStartEvent>((start, token) => PrepareAsync(start.Model, token));
            eventing.Subscribe<InitializeResourceEvent>(
                Plan.Root, (_, _) => _lab is null && EndedBy is { } failure ? Shown.ShowAsync(failure) : Task.CompletedTask);
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

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => _removal.EmptyAsync(async () =>
    {
        await _stopping.CancelAsync();
        await _following;
    });

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After Aspire's own stop: nothing is started any more.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => RemoveAsync();

    /// <summary>Removes what is left of it. Does nothing where nothing is.</summary>
    public Task RemoveAsync() => _removal.RemoveAsync();

    /// <inheritdoc/>
    // Not what stops it: Aspire.Hosting.Testing stops a host that it has disposed of already.
    public void Dispose() => Lab.Dispose();

    private async Task PrepareAsync(DistributedApplicationModel application, CancellationToken cancellationToken)
    {
        if (Plan.Problems.Count > 0)
        {
            throw new LabException(ExitCodes.WrongUse, Plan.Problems);
        }

        CheckServerNames(application);
        try
        {
            _lab = await Starter.PrepareAsync(Plan.Request, "aspire", livesWithStarter: true, Shown, cancellationToken)
                ?? throw RunsAlready;
        }
        catch (LabException e) when (!EndsApplication)
        {
            _endedBy = e;
            _model.HoldBack();
            return;
        }

        _removal.Add(_lab);
        _model.Resolve(_lab.Deployment);
        // Aspire's orchestrator is a program of its own, and finds the engine through this process's environment.
        Environment.SetEnvironmentVariable(EngineLookup.HostVariable, Engine.Socket.Host);
        Lab.Open(_lab);
    }

    private LabException RunsAlready => new(ExitCodes.Fine, new Problem(
        $"lab {Plan.Request.Name} is running already; nothing was changed",
        Fix: $"Take it down first ({ToType.Lab("down", Plan.Request.Name)}) or choose another name"));

    // Both would answer to it on the application's network.
    private static void CheckServerNames(DistributedApplicationModel application)
    {
        var byName = application.Resources.OfType<SynapseResource>().GroupBy(homeserver => homeserver.ServerName);
        if (byName.FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw LabException.WrongUse(
                $"{string.Join(" and ", twice.Select(homeserver => $"'{homeserver.Name}'"))} have the same server_name {twice.Key}",
                fix: "Give one of them another: .WithServerName(\"hs2.test\")");
        }
    }

    private async Task FollowAsync(PreparedLab lab)
    {
        var healthy = false;
        try
        {
            await Starter.RunAsync(lab, Shown.CreatedAsync, Shown, _stopping.Token);
            healthy = true;
            // The containers hold the ports.
            lab.Claims.Dispose();
            SayWhereItIs(lab);
            await Shown.SetStateAsync(KnownResourceStates.Running);
            await LabFollower.UntilTakenDownAsync(Engine, lab.Name, line => Shown.Say(LogLevel.Warning, line), _stopping.Token);
            Shown.Note($"lab {lab.Name} was taken down");
            await Shown.SetStateAsync(KnownResourceStates.Exited);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _endedBy = healthy ? null : LabException.Failed("interrupted");
            return;
        }
        catch (Exception e)
        {
            await TellFailureAsync(lab, e, kept: !healthy && (!EndsApplication || Plan.KeepFailed));
        }

        if (EndsApplication)
        {
            _lifetime.StopApplication();
        }
    }

    private void SayWhereItIs(PreparedLab lab)
    {
        Shown.Note($"lab {lab.Name} is healthy after {TimeProvider.System.GetElapsedTime(lab.Begun).TotalSeconds:0.0} s");
        foreach (var homeserver in lab.Deployment.Homeservers)
        {
            var endpoints = lab.Deployment.Endpoints
                .Where(endpoint => endpoint.HomeserverKey == homeserver.Key)
                .Select(endpoint => $"{endpoint.Name} {endpoint.Uri.OriginalString}");
            Shown.Note($"{homeserver.ServerName}: {string.Join(", ", endpoints)}");
        }

        Shown.Note($"status: {ToType.On(lab.Name, "status")}");
    }

    private async Task TellFailureAsync(PreparedLab lab, Exception e, bool kept)
    {
        var failure = Failure.Of(e);
        _endedBy = e as LabException ?? new LabException(failure.ExitCode, failure.Problems, e);
        if (kept)
        {
            // Before it is shown: who sees it may look at once.
            LabStarter.Keep(lab, e);
        }

        await Shown.ShowAsync(_endedBy);
        if (kept)
        {
            await UntilSeenEnoughAsync(lab);
        }
    }

    // Until the application ends, or somebody has seen enough of it and takes it down.
    private async Task UntilSeenEnoughAsync(PreparedLab lab)
    {
        var look = $"{ToType.On(lab.Name, "status")}, {ToType.On(lab.Name, "collect", "DIR")}";
        Shown.Say(LogLevel.Error, $"lab {lab.Name} did not start and is kept as it is while this application runs: {look}");
        try
        {
            await LabFollower.UntilTakenDownAsync(Engine, lab.Name, _ => { }, _stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or LabException)
        {
            // The application ends, or the engine does.
        }
    }
}
