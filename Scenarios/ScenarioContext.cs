using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Stories;

namespace SynapseLab.Scenarios;

/// <summary>What a scenario works with: the lab, people, the story and the proofs. One per run.</summary>
public sealed class ScenarioContext : IDisposable
{
    /// <summary>Requests that set things up at the same time. More only wait for each other on a small machine.</summary>
    public const int SetUpConnections = 16;

    private const string PasswordOfAll = "a password of the lab";

    private readonly MatrixConnections _connections = new();
    private readonly List<MatrixConnections> _furtherConnections = [];
    private readonly string _runId;
    private int _devices = 1;

    /// <summary>For one run of one scenario.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="story">Told what happens.</param>
    /// <param name="runId">Makes users, rooms and request IDs of this run unique in a lab that has seen many: letters and digits.</param>
    /// <param name="seed">For everything random.</param>
    public ScenarioContext(RunningLab lab, IStory story, string runId, int seed)
    {
        Lab = lab;
        Story = story;
        _runId = runId;
        Seed = seed;
        Random = new Random(seed);
        Prover = new Prover(lab.Waiter, story);
    }

    /// <summary>The lab.</summary>
    public RunningLab Lab { get; }

    /// <summary>Told what happens.</summary>
    public IStory Story { get; }

    /// <summary>Puts claims to evidence.</summary>
    public Prover Prover { get; }

    /// <summary>What <see cref="Random"/> begins with.</summary>
    public int Seed { get; }

    /// <summary>Seeded.</summary>
    public Random Random { get; }

    /// <summary>The homeservers in topology order.</summary>
    public IReadOnlyList<Homeserver> Homeservers => Lab.Deployment.Homeservers;

    /// <summary>The homeserver of a key; null: the first.</summary>
    public Homeserver Homeserver(string? key = null) =>
        key is null ? Homeservers[0] : Homeservers.Single(homeserver => homeserver.Key == key);

    /// <summary>A name that nothing else in the lab has: <c>alice-1d0kq3x</c>.</summary>
    public string Unique(string name) => $"{name}-{_runId}";

    /// <summary>A client that is not logged in.</summary>
    public MatrixClient Client(string homeserverKey, string requestPrefix) =>
        new(_connections.Http, Lab.ClientUri(homeserverKey), null, requestPrefix, time: Lab.Time);

    /// <summary>Registers a person, on the first homeserver where no other is named.</summary>
    public async Task<User> UserAsync(string name, CancellationToken cancellationToken, string? homeserverKey = null)
    {
        var localpart = Unique(name);
        var key = Homeserver(homeserverKey).Key;
        var client = Client(key, localpart);
        var session = await client.RegisterAsync(localpart, PasswordOfAll, cancellationToken);
        return new User(name, key, PasswordOfAll, session, client.With(session.AccessToken), localpart);
    }

    /// <summary>A person of the first homeserver whose localpart is given, and so what hashes make of it: registered, or logged in where an
    /// earlier run with the same seed has registered them.</summary>
    /// <param name="name">As the story calls them; with <see cref="Unique"/> the prefix of their requests.</param>
    /// <param name="localpart">Letters, digits and <c>-</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<User> UserCalledAsync(string name, string localpart, CancellationToken cancellationToken)
    {
        var client = Client(Homeserver().Key, Unique(name));
        Session session;
        try
        {
            session = await client.RegisterAsync(localpart, PasswordOfAll, cancellationToken);
        }
        catch (MatrixException taken) when (taken.ErrorCode == "M_USER_IN_USE")
        {
            session = await client.LoginAsync(localpart, PasswordOfAll, cancellationToken);
        }

        return new User(name, Homeserver().Key, PasswordOfAll, session, client.With(session.AccessToken), Unique(name));
    }

    /// <summary>Registers many people at once: name1, name2 and so on.</summary>
    public async Task<IReadOnlyList<User>> UsersAsync(
        string name, int count, CancellationToken cancellationToken, string? homeserverKey = null)
    {
        var users = new User[count];
        await ForEachAsync(
            Enumerable.Range(0, count),
            async (i, token) => users[i] = await UserAsync($"{name}{i + 1}", token, homeserverKey),
            cancellationToken);
        return users;
    }

    /// <summary>Logs a further device of a person in.</summary>
    /// <param name="user">The person.</param>
    /// <param name="tokenInQuery">The device sends its token as <c>?access_token=</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<User> DeviceAsync(User user, bool tokenInQuery, CancellationToken cancellationToken)
    {
        var prefix = $"{user.RequestPrefix}.{Interlocked.Increment(ref _devices)}";
        var client = Client(user.HomeserverKey, prefix);
        var session = await client.LoginAsync(user.Id, user.Password, cancellationToken);
        var uri = Lab.ClientUri(user.HomeserverKey);
        var loggedIn = new MatrixClient(_connections.Http, uri, session.AccessToken, prefix, time: Lab.Time)
        {
            TokenInQuery = tokenInQuery,
        };
        return user with { Session = session, Client = loggedIn, RequestPrefix = prefix };
    }

    /// <summary>The same device on connections of its own, as after a change of network.</summary>
    public User Reconnected(User user)
    {
        var connections = new MatrixConnections();
        lock (_furtherConnections)
        {
            _furtherConnections.Add(connections);
        }

        var prefix = $"{user.RequestPrefix}.{Interlocked.Increment(ref _devices)}";
        var uri = Lab.ClientUri(user.HomeserverKey);
        var client = new MatrixClient(connections.Http, uri, user.Session.AccessToken, prefix, time: Lab.Time);
        return user with { Client = client, RequestPrefix = prefix };
    }

    /// <summary>Follows a person's syncs.</summary>
    public SyncStream Stream(User user) => new(user.Client, Lab.Time, Lab.Waiter);

    /// <summary>Opens a window of evidence: what is counted from now on.</summary>
    public Task<EvidenceWindow> OpenWindowAsync(CancellationToken cancellationToken) => EvidenceWindow.OpenAsync(Lab, cancellationToken);

    /// <summary>Does the same for many things, <see cref="SetUpConnections"/> at a time.</summary>
    public Task ForEachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> doAsync, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = SetUpConnections, CancellationToken = cancellationToken },
            async (item, token) => await doAsync(item, token));

    /// <summary>The processes that should serve a group of routes: workers whose role names the group, else those that serve whatever
    /// nobody claims, else main.</summary>
    public static IReadOnlyList<SynapseProcess> Pool(Homeserver homeserver, string routeGroup)
    {
        foreach (var group in (ReadOnlySpan<string>)[routeGroup, "*"])
        {
            var pool = homeserver.Processes.Where(process => process.Worker?.Role.RouteGroups.Contains(group) == true).ToArray();
            if (pool.Length > 0)
            {
                return pool;
            }
        }

        return [homeserver.Main];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connections.Dispose();
        foreach (var connections in _furtherConnections)
        {
            connections.Dispose();
        }
    }
}
