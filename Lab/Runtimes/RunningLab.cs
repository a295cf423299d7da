using System.Net;
using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Runtimes.Usage;
using SynapseLab.Waiting;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes;

/// <summary>
/// A lab that runs: its endpoints, an operator's verbs, and its evidence. Found by name through the labels of its containers,
/// whichever runtime started them. Disposing it lets go of connections; the lab runs on.
/// </summary>
public sealed class RunningLab : IAsyncDisposable
{
    private readonly LabContainers _containers;
    private readonly LabDatabases _databases;
    private readonly LabMetrics _metrics;
    private readonly HttpClient _markers;
    private readonly Lock _gate = new();
    private ProxyLog? _proxyLog;

    private RunningLab(LabRoot root, LabState state, IContainerEngine engine, TimeProvider time, IEnumerable<ContainerSummary> found)
    {
        Root = root;
        State = state;
        Engine = engine;
        Time = time;
        Waiter = new Waiter(time);
        _containers = new LabContainers(engine, Deployment, Folder, found);
        _databases = new LabDatabases(Deployment, Folder);
        Launchers = new Launchers(engine, ContainerId);
        Faults = new FaultMemory(Folder, Waiter);
        var control = new ContainerControl(engine, _containers.TryId, _containers.NetworkAsync);
        var shared = new ProcessControl(Name, control, Launchers.Of);
        Operator = new LabOperator(state, Faults, part => part.IsShared ? shared : control, time);
        Parts = new PartClient(Deployment, Folder, engine, (spec, _) => Task.FromResult(ContainerId(spec.Name)));
        Readiness = new LabReadiness(Deployment, Operator, Parts, Waiter);
        _metrics = new LabMetrics(Deployment, Parts);
        _markers = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = ClientUri(Deployment.Homeservers[0].Key) };
    }

    /// <summary>The lab's name.</summary>
    public string Name => Deployment.LabName;

    /// <summary>The checkout it was started from.</summary>
    public LabRoot Root { get; }

    /// <summary>What its folder remembers.</summary>
    public LabState State { get; }

    /// <summary>Its folder.</summary>
    public LabFolder Folder => Root.Lab(Name);

    /// <summary>The deployment as it was started.</summary>
    public Deployment Deployment => State.Deployment;

    /// <summary>The engine its containers run on.</summary>
    public IContainerEngine Engine { get; }

    /// <summary>The clock of its waits.</summary>
    public TimeProvider Time { get; }

    /// <summary>Waits for predicates on this lab.</summary>
    public Waiter Waiter { get; }

    /// <summary>Does an operator's verbs, and says what is the case with each part.</summary>
    public LabOperator Operator { get; }

    /// <summary>Asks its parts.</summary>
    internal PartClient Parts { get; }

    /// <summary>Waits for its parts.</summary>
    internal LabReadiness Readiness { get; }

    /// <summary>The launchers of its shared containers.</summary>
    internal Launchers Launchers { get; }

    /// <summary>What its operator has imposed.</summary>
    internal FaultMemory Faults { get; }

    /// <summary>The proxy's log, followed from the first use of this property.</summary>
    public ProxyLog ProxyLog
    {
        get
        {
            lock (_gate)
            {
                return _proxyLog ??= new ProxyLog(
                    Engine,
                    ContainerId(Deployment.Containers.Single(container => container.Kind == ContainerKind.Proxy).Name),
                    _markers,
                    Time,
                    Waiter);
            }
        }
    }

    /// <summary>Attaches to a running lab.</summary>
    /// <exception cref="LabException">No lab of that name runs, or no engine (exit code 2); the message says how to start one.</exception>
    public static Task<RunningLab> AttachAsync(string labName, LabRoot root, CancellationToken cancellationToken) =>
        AttachAsync(labName, root, DockerEngine.OfThisMachine(), TimeProvider.System, cancellationToken);

    /// <summary>Attaches to a running lab on a given engine, which is disposed with it.</summary>
    /// <exception cref="LabException">No lab of that name runs, or no engine (exit code 2); the message says how to start one.</exception>
    public static Task<RunningLab> AttachAsync(
        string labName, LabRoot root, IContainerEngine engine, TimeProvider time, CancellationToken cancellationToken) =>
        AttachAsync(
            labName,
            root,
            engine,
            time,
            (containers, _) => containers.Any(container => container.State is "running" or "paused"),
            cancellationToken);

    /// <summary>Attaches to a lab to look at it, on a given engine, which is disposed with it: also where all of it has ended,
    /// or its start failed and it was kept.</summary>
    /// <exception cref="LabException">There is no lab of that name, or no engine (exit code 2);
    /// the message says how to start one.</exception>
    public static Task<RunningLab> AttachToLookAsync(
        string labName, LabRoot root, IContainerEngine engine, TimeProvider time, CancellationToken cancellationToken) =>
        AttachAsync(
            labName, root, engine, time, (containers, state) => containers.Count > 0 || state.Phase == LabPhase.Failed, cancellationToken);

    private static async Task<RunningLab> AttachAsync(
        string labName, LabRoot root, IContainerEngine engine, TimeProvider time, LabFinder.IsThere isThere, CancellationToken cancellationToken)
    {
        try
        {
            var (state, containers) = await LabFinder.FindAsync(labName, root, engine, isThere, cancellationToken);
            return new RunningLab(root, state, engine, time, containers);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Client endpoint of a homeserver: <c>http://127.0.0.1:8008</c>.</summary>
    /// <param name="homeserver">Its server_name or short name; null: the first.</param>
    public Uri ClientUri(string? homeserver = null) => Endpoint("client", Deployment.HomeserverOf(homeserver).Key);

    /// <summary>Federation endpoint of a homeserver: <c>https://127.0.0.1:8448</c>. Its certificate is for the server name and signed by
    /// the lab's own authority.</summary>
    /// <param name="homeserver">Its server_name or short name; null: the first.</param>
    public Uri FederationUri(string? homeserver = null) => Endpoint("federation", Deployment.HomeserverOf(homeserver).Key);

    /// <summary>A process by its id.</summary>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public SynapseProcess Process(string processId) =>
        Deployment.Processes.FirstOrDefault(process => process.Id == processId)
        ?? throw LabException.WrongUse(
            $"lab '{Name}' has no process '{processId}'",
            fix: Spelling.SuggestAmong(processId, Deployment.Processes.Select(process => process.Id), "It has"));

    /// <summary>Metrics of a process now, read from the process itself.</summary>
    /// <exception cref="LabException">It does not answer (exit code 1).</exception>
    public async Task<MetricsSnapshot> MetricsAsync(string processId, CancellationToken cancellationToken) =>
        MetricsSnapshot.Parse(await MetricsTextAsync(processId, cancellationToken));

    /// <summary>The same as the process says it, in Prometheus's text format.</summary>
    /// <exception cref="LabException">It does not answer (exit code 1).</exception>
    public Task<string> MetricsTextAsync(string processId, CancellationToken cancellationToken) =>
        _metrics.TextAsync(Process(processId), cancellationToken);

    /// <summary>Metrics of all processes, by process id, asked side by side.</summary>
    /// <exception cref="LabException">One does not answer (exit code 1).</exception>
    public async Task<IReadOnlyDictionary<string, MetricsSnapshot>> AllMetricsAsync(CancellationToken cancellationToken)
    {
        var ids = Deployment.Processes.Select(process => process.Id).ToArray();
        var snapshots = await Task.WhenAll(ids.Select(id => MetricsAsync(id, cancellationToken)));
        return ids.Zip(snapshots).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>
    /// Waits until every process that lives has taken up the requests that reached it before: it counts a request only then,
    /// and its metrics, which a thread of their own serves (synapse/app/_base.py listen_metrics),
    /// know nothing of what still waits for the reactor. Who answers <c>/health</c> has come to that.
    /// </summary>
    public Task TakenUpAsync(CancellationToken cancellationToken) => _metrics.TakenUpAsync(cancellationToken);

    /// <summary>The database of a homeserver, as Synapse's own user. Pooled; disposed with the lab.</summary>
    /// <param name="homeserverName">Its server_name or short name; null: the first.</param>
    public NpgsqlDataSource Database(string? homeserverName = null) => _databases.Of(homeserverName);

    /// <summary>The pools of <see cref="Database"/>.</summary>
    internal LabDatabases Databases => _databases;

    /// <summary>Does an operator's verb to a process or container.</summary>
    /// <param name="verb">What to do.</param>
    /// <param name="part">To what, see <see cref="LabPart.Find"/>.</param>
    /// <param name="by">Who does it, as status will tell: <c>./lab partition redis</c>; null: this process.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null: done. Else nothing had to be done, and this is what is the case: <c>runs already</c>.</returns>
    /// <exception cref="LabException">It can come to nothing (exit code 2); the message says what is the matter and what to do.</exception>
    public async Task<string?> DoAsync(Verb verb, string part, string? by, CancellationToken cancellationToken)
    {
        var already = await Operator.DoAsync(
            verb, LabPart.Find(Deployment, part), by ?? $"process {Environment.ProcessId}", cancellationToken);
        // Its address may be another.
        await RefreshAsync(cancellationToken);
        return already;
    }

    /// <summary>See <see cref="Verb.Stop"/>.</summary>
    public Task StopAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Stop, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Start"/>. It may get another address.</summary>
    public Task StartAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Start, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Restart"/>.</summary>
    public Task RestartAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Restart, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Kill"/>.</summary>
    public Task KillAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Kill, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Pause"/>.</summary>
    public Task PauseAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Pause, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Unpause"/>.</summary>
    public Task UnpauseAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Unpause, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Partition"/>.</summary>
    public Task PartitionAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Partition, part, null, cancellationToken);

    /// <summary>See <see cref="Verb.Heal"/>. It may get another address.</summary>
    public Task HealAsync(string part, CancellationToken cancellationToken) => DoAsync(Verb.Heal, part, null, cancellationToken);

    /// <summary>Waits until everything is healthy, see <see cref="Health.Readiness"/>.</summary>
    /// <exception cref="LabException">The deadline passed (exit code 1); the message says what each part showed.</exception>
    public Task WaitReadyAsync(TimeSpan deadline, CancellationToken cancellationToken) => Readiness.AllAsync(deadline, cancellationToken);

    /// <summary>
    /// Waits until one part is healthy, together with main where it is a worker, and found by the proxy where nobody stands in for it
    /// (<see cref="ProxyReach"/>).
    /// </summary>
    /// <param name="part">A process or container; of a shared container all processes.</param>
    /// <param name="deadline">How long to wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The deadline passed (exit code 1).</exception>
    public Task WaitReadyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken) =>
        Readiness.ReadyAsync(part, deadline, cancellationToken);

    /// <summary>
    /// Waits until a part answers by itself, and together with what it depends on as far as that is there:
    /// nothing waits for main while main is paused. Where nobody stands in for it, the proxy has found it then.
    /// </summary>
    /// <returns>How it is then.</returns>
    /// <exception cref="LabException">The deadline passed, or it can't become healthy before something else does (exit code 1).</exception>
    public Task<IReadOnlyList<PartHealth>> WaitHealthyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken) =>
        Readiness.HealthyAsync(part, deadline, cancellationToken);

    /// <summary>One look at everything, judged.</summary>
    public Task<IReadOnlyList<PartHealth>> HealthAsync(CancellationToken cancellationToken) => Readiness.HealthAsync(cancellationToken);

    /// <summary>One look at everything: name of the container or process, whether it and what it depends on is well,
    /// and what was seen.</summary>
    public async Task<IReadOnlyDictionary<string, Observation>> LookAsync(CancellationToken cancellationToken) =>
        (await HealthAsync(cancellationToken)).ToDictionary(
            health => health.Part.Name, health => new Observation(health.IsWell, health.Sentence));

    /// <summary>What each container and each part uses; what does not run is left out.</summary>
    public Task<LabUsage> UsageAsync(CancellationToken cancellationToken) =>
        new UsageReader(Deployment, Engine, _containers.TryId, Launchers, Time).ReadAsync(cancellationToken);

    /// <summary>The Synapse processes of a container that has several, as its launcher knows them; none where the container does not run,
    /// or is frozen.</summary>
    /// <param name="container">Its name: <c>hs1</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<IReadOnlyCollection<LaunchedProcess>> LaunchedProcessesAsync(string container, CancellationToken cancellationToken) =>
        Launchers.StatesAsync(container, cancellationToken);

    /// <summary>Lines of a process or container. Where processes share a container, those of this process.</summary>
    public IAsyncEnumerable<LogLine> LogsAsync(string processIdOrContainer, LogRequest request, CancellationToken cancellationToken)
    {
        var part = LabPart.Find(Deployment, processIdOrContainer);
        return new PartLogs(Engine, ContainerId(part.Container.Name), part).ReadAsync(request, cancellationToken);
    }

    /// <summary>Synapse's <c>registration_shared_secret</c>, with which users are made (docs/admin_api/register_api.md).</summary>
    /// <param name="homeserverName">The homeserver's server_name or short name; null: the first.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<string> RegistrationSharedSecretAsync(string? homeserverName = null, CancellationToken cancellationToken = default)
    {
        var file = Deployment.RegistrationSecretOf(Deployment.HomeserverOf(homeserverName));
        return (await File.ReadAllTextAsync(Folder.File(file.Path), cancellationToken)).Trim();
    }

    /// <summary>Who has an address on the lab's network.</summary>
    /// <param name="remote">An address as another process saw it.</param>
    /// <returns>Id of the process, or the container's name where it is no process or holds several; null where nobody has it.</returns>
    public string? ProcessAt(IPAddress remote) => _containers.ProcessAt(remote);

    /// <summary>Reads the containers' states and addresses anew.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => _containers.RefreshAsync(cancellationToken);

    /// <summary>The containers as the engine had them at the last refresh, by their name in the deployment.</summary>
    public IReadOnlyDictionary<string, ContainerSummary> Containers => _containers.ByName;

    /// <summary>The engine's identifier of a process's container.</summary>
    /// <exception cref="LabException">No such process or container (exit code 2), or it was removed (exit code 1).</exception>
    public string ContainerId(string processIdOrContainer) => _containers.Id(processIdOrContainer);

    /// <summary>A container by its own name or by the id of a process in it.</summary>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public ContainerSpec Container(string processIdOrContainer) => LabPart.Find(Deployment, processIdOrContainer).Container;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_proxyLog is not null)
        {
            await _proxyLog.DisposeAsync();
        }

        await _databases.DisposeAsync();
        Parts.Dispose();
        _markers.Dispose();
        Engine.Dispose();
    }

    private Uri Endpoint(string name, string? homeserverKey) =>
        Deployment.Endpoints.FirstOrDefault(endpoint => endpoint.Name == name && endpoint.HomeserverKey == homeserverKey)?.Uri
        ?? throw LabException.WrongUse($"lab '{Name}' has no endpoint '{name}'{(homeserverKey is null ? "" : $" for {homeserverKey}")}");
}
