using System.Net;
using System.Runtime.CompilerServices;
using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Evidence;
using SynapseLab.Runtimes.Collecting;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Runtimes.Resetting;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes;

/// <summary>
/// A lab that runs: its endpoints, an operator's verbs, and its evidence. Found by name through the labels of its containers,
/// whichever runtime started them. Disposing it lets go of connections; the lab runs on.
/// </summary>
public sealed class RunningLab : IAsyncDisposable
{
    private static readonly TimeSpan ResetDeadline = TimeSpan.FromMinutes(2);

    private readonly PartClient _parts;
    private readonly HttpClient _markers;
    private readonly Dictionary<string, NpgsqlDataSource> _databases = [];
    private readonly Launchers _launchers;
    private readonly FaultMemory _faults;
    private readonly Lock _gate = new();
    private Dictionary<string, ContainerSummary> _containers;
    private ProxyLog? _proxyLog;
    private Task<string?>? _network;

    private RunningLab(LabRoot root, LabState state, IContainerEngine engine, TimeProvider time, Dictionary<string, ContainerSummary> containers)
    {
        Root = root;
        State = state;
        Engine = engine;
        Time = time;
        Waiter = new Waiter(time);
        _containers = containers;
        var control = new ContainerControl(engine, name => _containers.GetValueOrDefault(name)?.Id, NetworkAsync);
        _launchers = new Launchers(engine, ContainerId);
        var shared = new ProcessControl(Name, control, _launchers.Of);
        _faults = new FaultMemory(Folder, Waiter);
        Operator = new LabOperator(state, _faults, part => part.IsShared ? shared : control, time);
        _parts = new PartClient(Deployment, Folder, engine, (spec, _) => Task.FromResult(ContainerId(spec.Name)));
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
    public static Task<RunningLab> AttachAsync(string labName, LabRoot root, IContainerEngine engine, TimeProvider time, CancellationToken cancellationToken) =>
        AttachAsync(labName, root, engine, time, (containers, _) => containers.Any(container => container.State is "running" or "paused"), cancellationToken);

    /// <summary>Attaches to a lab to look at it, on a given engine, which is disposed with it: also where all of it has ended, or its start failed and it was kept.</summary>
    /// <exception cref="LabException">There is no lab of that name, or no engine (exit code 2); the message says how to start one.</exception>
    public static Task<RunningLab> AttachToLookAsync(string labName, LabRoot root, IContainerEngine engine, TimeProvider time, CancellationToken cancellationToken) =>
        AttachAsync(labName, root, engine, time, (containers, state) => containers.Count > 0 || state.Phase == LabPhase.Failed, cancellationToken);

    private static async Task<RunningLab> AttachAsync(
        string labName, LabRoot root, IContainerEngine engine, TimeProvider time, Func<IReadOnlyCollection<ContainerSummary>, LabState, bool> isThere, CancellationToken cancellationToken)
    {
        try
        {
            var all = await engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken);
            var containers = ToParts(all, root.Lab(labName));
            if (LabState.Load(root.Lab(labName)) is { } state && isThere(containers.Values, state))
            {
                return new RunningLab(root, state, engine, time, containers);
            }

            var elsewhere = all.Select(container => LabLabels.FolderOf(container.Labels)).FirstOrDefault(folder => folder != root.Lab(labName).Path);
            throw LabException.WrongUse(
                elsewhere is null ? $"no lab '{labName}' is running" : $"no lab '{labName}' of this checkout is running, but one of {elsewhere}",
                fix: HowToGetOne(root, labName));
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    private static string HowToGetOne(LabRoot root, string labName)
    {
        var known = Directory.Exists(root.LabsFolder) ? Directory.EnumerateDirectories(root.LabsFolder).Select(Path.GetFileName).OfType<string>() : [];
        var meant = Spelling.Nearest(labName, known.Where(name => name != labName)) is { } near ? $"Did you mean '{near}'? " : "";
        // A lab is called like its topology unless the user says otherwise.
        IEnumerable<string> up = File.Exists(Path.Combine(root.Topologies, $"{labName}.yaml")) ? ["up", labName] : ["up", "--name", labName];
        return $"{meant}Start it with {ToType.Lab([.. up, "--detach"])}";
    }

    /// <summary>Client endpoint of a homeserver: <c>http://127.0.0.1:8008</c>.</summary>
    /// <param name="homeserver">Its server_name or short name; null: the first.</param>
    public Uri ClientUri(string? homeserver = null) => Endpoint("client", Deployment.HomeserverOf(homeserver).Key);

    /// <summary>Federation endpoint of a homeserver: <c>https://127.0.0.1:8448</c>. Its certificate is for the server name and signed by the lab's own authority.</summary>
    /// <param name="homeserver">Its server_name or short name; null: the first.</param>
    public Uri FederationUri(string? homeserver = null) => Endpoint("federation", Deployment.HomeserverOf(homeserver).Key);

    /// <summary>A process by its id.</summary>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public SynapseProcess Process(string processId) =>
        Deployment.Processes.FirstOrDefault(process => process.Id == processId)
        ?? throw LabException.WrongUse($"lab '{Name}' has no process '{processId}'", fix: Spelling.SuggestAmong(processId, Deployment.Processes.Select(process => process.Id), "It has"));

    /// <summary>Metrics of a process now, read from the process itself.</summary>
    /// <exception cref="LabException">It does not answer (exit code 1).</exception>
    public async Task<MetricsSnapshot> MetricsAsync(string processId, CancellationToken cancellationToken) =>
        MetricsSnapshot.Parse(await MetricsTextAsync(processId, cancellationToken));

    /// <summary>The same as the process says it, in Prometheus's text format.</summary>
    /// <exception cref="LabException">It does not answer (exit code 1).</exception>
    public async Task<string> MetricsTextAsync(string processId, CancellationToken cancellationToken)
    {
        var process = Process(processId);
        try
        {
            return await _parts.MetricsTextAsync(process, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw LabException.Failed($"{processId} gives no metrics: {e.Message.TrimEnd('.')}", fix: $"See {ToType.On(Name, "status")}", inner: e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient's own time-out: the process is frozen or hangs.
            throw LabException.Failed($"{processId} gives no metrics: no answer in time", fix: $"See {ToType.On(Name, "status")}", inner: e);
        }
    }

    /// <summary>Metrics of all processes, by process id, asked side by side.</summary>
    /// <exception cref="LabException">One does not answer (exit code 1).</exception>
    public async Task<IReadOnlyDictionary<string, MetricsSnapshot>> AllMetricsAsync(CancellationToken cancellationToken)
    {
        var ids = Deployment.Processes.Select(process => process.Id).ToArray();
        var snapshots = await Task.WhenAll(ids.Select(id => MetricsAsync(id, cancellationToken)));
        return ids.Zip(snapshots).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>
    /// Waits until every process that lives has taken up the requests that reached it before: it counts a request only then, and its metrics, which a thread of their
    /// own serves (synapse/app/_base.py listen_metrics), know nothing of what still waits for the reactor. Who answers <c>/health</c> has come to that.
    /// </summary>
    public Task TakenUpAsync(CancellationToken cancellationToken) => Task.WhenAll(Deployment.Processes.Select(async process =>
    {
        try
        {
            await _parts.AnswersAsync(process, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It is dead or frozen, and takes up nothing.
        }
    }));

    /// <summary>The database of a homeserver, as Synapse's own user. Pooled; disposed with the lab.</summary>
    /// <param name="homeserverName">Its server_name or short name; null: the first.</param>
    public NpgsqlDataSource Database(string? homeserverName = null)
    {
        var homeserver = Deployment.HomeserverOf(homeserverName);
        lock (_gate)
        {
            if (_databases.TryGetValue(homeserver.Key, out var known))
            {
                return known;
            }

            return _databases[homeserver.Key] = Open(homeserver.Database);
        }
    }

    /// <summary>The database server's own database, <c>postgres</c>, in which none of Synapse's is used. The caller disposes it.</summary>
    internal NpgsqlDataSource OpenServer() => Open(LabDatabase.Server);

    /// <summary>Does an operator's verb to a process or container.</summary>
    /// <param name="verb">What to do.</param>
    /// <param name="part">To what, see <see cref="LabPart.Find"/>.</param>
    /// <param name="by">Who does it, as status will tell: <c>./lab partition redis</c>; null: this process.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null: done. Else nothing had to be done, and this is what is the case: <c>runs already</c>.</returns>
    /// <exception cref="LabException">It can come to nothing (exit code 2); the message says what is the matter and what to do.</exception>
    public async Task<string?> DoAsync(Verb verb, string part, string? by, CancellationToken cancellationToken)
    {
        var already = await Operator.DoAsync(verb, LabPart.Find(Deployment, part), by ?? $"process {Environment.ProcessId}", cancellationToken);
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

    /// <summary>
    /// Gives every homeserver of the lab a fresh start: users, rooms, media and all else that was made are gone, and it is healthy again when this returns.
    /// Ports, addresses, secrets and signing keys are as before. Access tokens and connections to <see cref="Database"/> from before are void. Processes that
    /// have ended are started; the routes, limits and faults of other parts stay as they are.
    /// </summary>
    /// <param name="by">Who does it, as status will tell where it is broken off: <c>./lab reset reference</c>; null: this process.</param>
    /// <param name="cancellationToken">Cancels; the next reset does it to its end.</param>
    /// <exception cref="LabException">A part is paused, cut off or down, or the lab was started from an empty database (exit code 2): nothing was done, the
    /// message says what to do. It did not become healthy again (exit code 1).</exception>
    public async Task ResetAsync(string? by = null, CancellationToken cancellationToken = default)
    {
        var between = await new LabReset(this, _parts, _launchers, _faults).RunAsync(by ?? $"process {Environment.ProcessId}", cancellationToken);
        lock (_gate)
        {
            // Their sessions ended with the databases.
            foreach (var database in _databases.Values)
            {
                database.Clear();
            }
        }

        await RefreshAsync(cancellationToken);
        await using var signs = new ListeningSigns(Engine, (container, _) => Task.FromResult(ContainerId(container)), between);
        // Postgres and Redis have just been used.
        var anew = LabPart.All(Deployment).Where(part => part.Process is not null || part.Container.Kind == ContainerKind.Proxy).ToArray();
        var names = anew.Select(part => part.Name).ToHashSet();
        await Waiter.UntilAsync(ResetDeadline, [.. LabStarter.StartChecks(Deployment, signs, _parts).Where(check => names.Contains(check.Name))], null, cancellationToken);
        await Waiter.UntilAsync(ResetDeadline, await ReachAsync(anew, cancellationToken), null, cancellationToken);
    }

    /// <summary>Waits until everything is healthy, see <see cref="Readiness"/>.</summary>
    /// <exception cref="LabException">The deadline passed (exit code 1); the message says what each part showed.</exception>
    public Task WaitReadyAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        Waiter.UntilAsync(deadline, new Readiness(Deployment, _parts).All(), null, cancellationToken);

    /// <summary>Waits until one part is healthy, together with main where it is a worker, and found by the proxy where nobody stands in for it (<see cref="ProxyReach"/>).</summary>
    /// <param name="part">A process or container; of a shared container all processes.</param>
    /// <param name="deadline">How long to wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The deadline passed (exit code 1).</exception>
    public async Task WaitReadyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var readiness = new Readiness(Deployment, _parts);
        var parts = PartsOf(part);
        await Waiter.UntilAsync(deadline, [.. parts.Select(readiness.Of), .. await ReachAsync(parts, cancellationToken)], null, cancellationToken);
    }

    /// <summary>
    /// Waits until a part answers by itself, and together with what it depends on as far as that is there: nothing waits for main while main is paused.
    /// Where nobody stands in for it, the proxy has found it then.
    /// </summary>
    /// <returns>How it is then.</returns>
    /// <exception cref="LabException">The deadline passed, or it can't become healthy before something else does (exit code 1).</exception>
    public async Task<IReadOnlyList<PartHealth>> WaitHealthyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var parts = PartsOf(part);
        var others = LabPart.All(Deployment).Except(parts).ToArray();
        var states = await Task.WhenAll(others.Select(other => Operator.StateAsync(other, cancellationToken)));
        var down = others.Zip(states).Where(other => !other.Second.IsUp).ToArray();
        // Synapse ends where Postgres does not answer at its start (synapse/app/_base.py).
        if (parts.Any(one => one.Process is not null) && down.FirstOrDefault(other => other.First.Container.Kind == ContainerKind.Postgres) is { First: { } postgres, Second: var state })
        {
            throw LabException.Failed($"{part} was started, but can't become healthy: {postgres.Name} is {state.Matters[0]}", fix: $"First {Operator.Remedy(postgres, state)}");
        }

        var readiness = new Readiness(Deployment, _parts);
        Func<LabPart, Check> check = down.Any(other => other.First.Container.Kind == ContainerKind.Redis) ? readiness.ByItself
            : down.Any(other => other.First is { Process.IsMain: true }) ? readiness.WithoutMain
            : readiness.Of;
        await Waiter.UntilAsync(deadline, [.. parts.Select(check), .. await ReachAsync(parts, cancellationToken)], null, cancellationToken);
        return [.. (await HealthAsync(cancellationToken)).Where(health => parts.Contains(health.Part))];
    }

    /// <summary>One look at everything, judged.</summary>
    public Task<IReadOnlyList<PartHealth>> HealthAsync(CancellationToken cancellationToken) => new LabObserver(Deployment, Operator, _parts).HealthAsync(cancellationToken);

    /// <summary>One look at everything: name of the container or process, whether it and what it depends on is well, and what was seen.</summary>
    public async Task<IReadOnlyDictionary<string, Look>> LookAsync(CancellationToken cancellationToken) =>
        (await HealthAsync(cancellationToken)).ToDictionary(health => health.Part.Name, health => new Look(health.IsWell, health.Sentence));

    /// <summary>What each container and each part uses; what does not run is left out.</summary>
    public Task<LabUsage> UsageAsync(CancellationToken cancellationToken) =>
        new UsageReader(Deployment, Engine, name => _containers.GetValueOrDefault(name)?.Id, _launchers, Time).ReadAsync(cancellationToken);

    /// <summary>The Synapse processes of a container that has several, as its launcher knows them; none where the container does not run, or is frozen.</summary>
    /// <param name="container">Its name: <c>hs1</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<IReadOnlyCollection<LaunchedProcess>> LaunchedProcessesAsync(string container, CancellationToken cancellationToken) =>
        _launchers.StatesAsync(container, cancellationToken);

    /// <summary>Lines of a process or container. Where processes share a container, those of this process, see <see cref="LaunchedLines"/>.</summary>
    public async IAsyncEnumerable<LogLine> LogsAsync(string processIdOrContainer, LogRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var part = LabPart.Find(Deployment, processIdOrContainer);
        var container = ContainerId(part.Container.Name);
        if (!part.IsShared)
        {
            await foreach (var line in Engine.LogsAsync(container, request, cancellationToken))
            {
                yield return line;
            }

            yield break;
        }

        var lines = new LaunchedLines(part.Name);
        var skip = 0;
        if (request.Tail is { } tail)
        {
            // The engine's last lines are those of whichever processes wrote last, so all are read to find the last of this one.
            var last = new Queue<LogLine>();
            await foreach (var line in Engine.LogsAsync(container, request with { Follow = false, Tail = null }, cancellationToken))
            {
                skip++;
                if (lines.Includes(line.Text))
                {
                    last.Enqueue(line);
                    if (last.Count > tail)
                    {
                        last.Dequeue();
                    }
                }
            }

            foreach (var line in last)
            {
                yield return line;
            }

            if (!request.Follow)
            {
                yield break;
            }
        }

        await foreach (var line in Engine.LogsAsync(container, request with { Tail = null }, cancellationToken))
        {
            // What was read above was weighed above.
            if (lines.Includes(line.Text) & skip-- <= 0)
            {
                yield return line;
            }
        }
    }

    /// <summary>
    /// Keeps what tells how the lab fared, for whoever looks after it is gone: logs of all parts, the proxy's access log, every process's metrics,
    /// configuration, status and versions; docs/ci.md has the layout. No secret is in it.
    /// </summary>
    /// <param name="folder">Where to; made where it is not there. The files are as this process makes files, for others to read as well: they are to be passed on.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What could not be had and why: <c>metrics of generic_worker2: killed since 12:03:41 UTC by ./lab kill generic_worker2</c>. All else is there.</returns>
    /// <exception cref="LabException">The folder has something in it already, or can't be written (exit code 2).</exception>
    public Task<IReadOnlyList<Problem>> CollectAsync(string folder, CancellationToken cancellationToken = default) => new LabCollector(this, folder).RunAsync(cancellationToken);

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
    public string? ProcessAt(IPAddress remote)
    {
        var address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        var container = _containers.FirstOrDefault(pair => pair.Value.Addresses.Values.Contains(address)).Key;
        var processes = Deployment.Processes.Where(process => process.Container == container).ToArray();
        return processes.Length == 1 ? processes[0].Id : container;
    }

    /// <summary>Reads the containers' states and addresses anew.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) => _containers = ToParts(await Engine.ListAsync($"{LabLabels.Name}={Name}", cancellationToken), Folder);

    /// <summary>The containers as the engine had them at the last refresh, by their name in the deployment.</summary>
    public IReadOnlyDictionary<string, ContainerSummary> Containers => _containers;

    /// <summary>The engine's identifier of a process's container.</summary>
    /// <exception cref="LabException">No such process or container (exit code 2), or it was removed (exit code 1).</exception>
    public string ContainerId(string processIdOrContainer)
    {
        var spec = Container(processIdOrContainer);
        return _containers.TryGetValue(spec.Name, out var container)
            ? container.Id
            : throw LabException.Failed($"the container of {processIdOrContainer} is gone", fix: $"Take the lab down ({ToType.Lab("down", Name)}) and start it again");
    }

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

        foreach (var database in _databases.Values)
        {
            await database.DisposeAsync();
        }

        _parts.Dispose();
        _markers.Dispose();
        Engine.Dispose();
    }

    // While the proxy is down or was taken off the network, nobody waits for what it finds.
    private async Task<IReadOnlyList<Check>> ReachAsync(LabPart[] parts, CancellationToken cancellationToken)
    {
        var proxy = LabPart.All(Deployment).Single(part => part.Container.Kind == ContainerKind.Proxy);
        var states = await Task.WhenAll(parts.Append(proxy).Select(part => Operator.StateAsync(part, cancellationToken)));
        if (!states.All(state => state.IsUp))
        {
            return [];
        }

        var reach = new ProxyReach(Deployment, _parts);
        return [.. parts.Select(part => part.Process).OfType<SynapseProcess>().Select(reach.Of).OfType<Check>()];
    }

    private LabPart[] PartsOf(string name)
    {
        var part = LabPart.Find(Deployment, name);
        return part is { Process: null, Container.Kind: ContainerKind.Homeserver }
            ? [.. LabPart.All(Deployment).Where(one => one.Container == part.Container)]
            : [part];
    }

    private NpgsqlDataSource Open(string database)
    {
        var connection = new LabDatabase(Deployment, Folder).Connection(database);
        // A handful: Synapse's processes need the rest of max_connections.
        connection.MaxPoolSize = 8;
        return NpgsqlDataSource.Create(connection);
    }

    private Uri Endpoint(string name, string? homeserverKey) =>
        Deployment.Endpoints.FirstOrDefault(endpoint => endpoint.Name == name && endpoint.HomeserverKey == homeserverKey)?.Uri
        ?? throw LabException.WrongUse($"lab '{Name}' has no endpoint '{name}'{(homeserverKey is null ? "" : $" for {homeserverKey}")}");

    // Asked for once for all parts: it stays the same as long as the lab lives. Null: it has no label, and nobody is on any.
    private Task<string?> NetworkAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _network = _network is null or { IsFaulted: true } or { IsCompletedSuccessfully: true, Result: null } ? FindNetworkAsync() : _network;
            return _network.WaitAsync(cancellationToken);
        }
    }

    private async Task<string?> FindNetworkAsync() =>
        (await Engine.ListNetworksAsync($"{LabLabels.Name}={Name}", CancellationToken.None)).FirstOrDefault(network => LabLabels.AreOf(Folder, network.Labels))?.Name
        // A runtime that can't label its network: the one that most are on.
        ?? _containers.Values.SelectMany(container => container.Addresses.Keys).CountBy(network => network).OrderByDescending(network => network.Value).Select(network => network.Key).FirstOrDefault();

    private static Dictionary<string, ContainerSummary> ToParts(IEnumerable<ContainerSummary> containers, LabFolder folder) => containers
        .Where(container => LabLabels.AreOf(folder, container.Labels) && container.Labels.ContainsKey(LabLabels.Container))
        .ToDictionary(container => container.Labels[LabLabels.Container]);
}
