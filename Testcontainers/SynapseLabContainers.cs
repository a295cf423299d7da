using SynapseLab.Runtimes.Resetting;
using SynapseLab.Runtimes.Collecting;
using Microsoft.Extensions.Logging;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Scenarios.Matrix;

namespace SynapseLab.Testcontainers;

/// <summary>A Synapse with its workers, database and proxy that belongs to some tests, made by <see cref="SynapseLabBuilder"/>.</summary>
public sealed class SynapseLabContainers : IAsyncDisposable
{
    private readonly LabRoot _root;
    private readonly LabStartRequest _request;
    private readonly bool _cleanUp;
    private readonly ILogger _logger;
    private readonly ProcessTable _processes = new();
    private RunningLab? _lab;
    private bool _failed;

    internal SynapseLabContainers(LabRoot root, LabStartRequest request, bool cleanUp, ILogger logger)
    {
        (_root, _request, _cleanUp, _logger) = (root, request, cleanUp, logger);
    }

    /// <summary>The lab's name; its containers have the label <c>synapse-lab.name</c> with it.</summary>
    public string Name => _request.Name;

    /// <summary>All that a lab can do: kill, pause and cut off processes, their metrics and logs, SQL, the proxy's log.</summary>
    /// <exception cref="InvalidOperationException">It has not been started.</exception>
    public RunningLab Lab =>
        _lab ?? throw new InvalidOperationException($"The lab is there between {nameof(StartAsync)} and {nameof(DisposeAsync)}.");

    /// <summary>The server names, in the topology's order: <c>hs1.test</c>.</summary>
    public IReadOnlyList<string> ServerNames => [.. Lab.Deployment.Homeservers.Select(homeserver => homeserver.ServerName)];

    /// <summary>Where clients reach a homeserver: <c>http://127.0.0.1:8008</c>.</summary>
    /// <param name="homeserver">Its server name; null: the first.</param>
    public Uri ClientUri(string? homeserver = null) => Lab.ClientUri(homeserver);

    /// <summary>Where other servers reach a homeserver: <c>https://127.0.0.1:8448</c>, with a certificate of the
    /// lab's own authority.</summary>
    /// <param name="homeserver">Its server name; null: the first.</param>
    public Uri FederationUri(string? homeserver = null) => Lab.FederationUri(homeserver);

    /// <summary>Starts everything, and returns when all is healthy. What a test process that was killed left in the same
    /// folder is removed first.</summary>
    /// <exception cref="LabException">It did not start; the message says which container ended and its last lines. What there is of it
    /// stays for <see cref="CollectAsync"/> until <see cref="DisposeAsync"/>, or until it is started again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        using var engine = DockerEngine.OfThisMachine();
        var cleaner = new LabCleaner(engine, _processes, TimeProvider.System);
        await RemoveOrphansAsync(cleaner, cancellationToken);
        var endpoint = await TestcontainersEngine.OfAsync(engine, cancellationToken);
        var noReaper = _cleanUp ? await Reaper.TryStartAsync(endpoint, cancellationToken) : "the lab is to be kept";
        if (noReaper is not null)
        {
            _logger.LogInformation("no reaper: {Reason}", noReaper);
        }

        var runtime = new TestcontainersRuntime(endpoint, UnixUser.Current(), cleaner, reaped: noReaper is null);
        var starter = new LabStarter(_root, engine, TimeProvider.System, _processes);
        bool started;
        try
        {
            var request = _request with { KeepFailed = true };
            started = await starter.StartAsync(request, runtime, new LoggedStart(_logger), cancellationToken, livesWithStarter: _cleanUp);
            _failed = false;
        }
        catch
        {
            // Not where it is somebody else's, who has started one of this name.
            _failed = LabState.TryLoad(_root.Lab(Name)) is { Phase: LabPhase.Failed } state && state.StarterPid == Environment.ProcessId;
            throw;
        }

        if (!started && _cleanUp)
        {
            throw LabException.WrongUse(
                $"a lab '{Name}' is running already, and this one would be removed after the tests",
                fix: "Choose another name, or keep it: WithCleanUp(false)");
        }

        _lab = await RunningLab.AttachAsync(Name, _root, cancellationToken);
    }

    /// <summary>Registers a user with the homeserver's shared secret, as an administrator would.</summary>
    /// <param name="localpart">The user ID without <c>@</c> and server name: <c>alice</c>.</param>
    /// <param name="password">Null: a random one.</param>
    /// <param name="admin">Whether the user administers the server.</param>
    /// <param name="homeserver">Its server name; null: the first.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">Synapse refused, for example since there is such a user.</exception>
    public async Task<SynapseUser> RegisterUserAsync(
        string localpart,
        string? password = null,
        bool admin = false,
        string? homeserver = null,
        CancellationToken cancellationToken = default)
    {
        var user = new NewUser(localpart, password ?? NewUser.RandomPassword(), admin);
        var session = await UserRegistration.RegisterAsync(Lab, homeserver, user, cancellationToken);
        return new SynapseUser(session.UserId, user.Password, session.AccessToken, session.DeviceId, ClientUri(homeserver));
    }

    /// <summary>Fresh homeservers at the same addresses, for the next test: see <see cref="LabResetExtensions.ResetAsync"/>.</summary>
    public Task ResetAsync(CancellationToken cancellationToken = default) => Lab.ResetAsync(cancellationToken: cancellationToken);

    /// <summary>Keeps logs, metrics, configuration and status in a folder, without secrets, see
    /// <see cref="LabCollectingExtensions.CollectAsync"/>; also of a lab that did not start.</summary>
    /// <param name="folder">New or empty.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What could not be had and why; all else is there.</returns>
    /// <exception cref="LabException">The folder is not empty or can't be written, or nothing of the lab is there.</exception>
    public async Task<IReadOnlyList<Problem>> CollectAsync(string folder, CancellationToken cancellationToken = default)
    {
        var engine = DockerEngine.OfThisMachine();
        await using var lab = await RunningLab.AttachToLookAsync(Name, _root, engine, TimeProvider.System, cancellationToken);
        return await lab.CollectAsync(folder, cancellationToken);
    }

    /// <summary>Removes the lab with everything of it, unless it is to be kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_lab is null && !_failed)
        {
            return;
        }

        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }

        (_lab, _failed) = (null, false);
        if (_cleanUp)
        {
            using var engine = DockerEngine.OfThisMachine();
            await new LabCleaner(engine, _processes, TimeProvider.System).RemoveAsync(Name, _root.Lab(Name), CancellationToken.None);
        }
    }

    private async Task RemoveOrphansAsync(LabCleaner cleaner, CancellationToken cancellationToken)
    {
        foreach (var name in _root.LabNames)
        {
            if (LabState.TryLoad(_root.Lab(name)) is { LivesWithStarter: true } state
                && _processes.StartOf(state.StarterPid) != state.StarterStart)
            {
                _logger.LogInformation("removing lab {Name}, whose test process is gone", name);
                await cleaner.RemoveAsync(name, _root.Lab(name), cancellationToken);
            }
        }
    }

    private sealed class LoggedStart(ILogger logger) : IStartReport
    {
        public void Note(string line) => logger.LogInformation("{Line}", line);

        public void Healthy(string part, TimeSpan after) =>
            logger.LogInformation("{Part} is healthy after {Seconds:0.0} s", part, after.TotalSeconds);

        public void Failed(IReadOnlyList<Problem> problems)
        {
            // The exception has them.
        }
    }
}
