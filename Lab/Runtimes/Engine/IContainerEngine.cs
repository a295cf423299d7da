namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// What the lab needs of a container engine once containers exist: to look at them, to do an operator's verbs to them, to clean up.
/// Containers are named by identifier or name. Every call throws <see cref="LabException"/> (exit code 2) where the engine can't be
/// reached, and <see cref="EngineException"/> where it refuses.
/// </summary>
public interface IContainerEngine : IDisposable
{
    /// <summary>Where it is reached, and why it is this one. Programs that are started for it are given
    /// <see cref="EngineSocket.Environment"/>.</summary>
    EngineSocket Socket { get; }

    /// <summary>Asks whether it answers.</summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>The engine and its machine.</summary>
    Task<EngineInfo> InfoAsync(CancellationToken cancellationToken);

    /// <summary>All containers, running or not.</summary>
    /// <param name="label">Only those with this label, <c>key</c> or <c>key=value</c>; null: all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<IReadOnlyList<ContainerSummary>> ListAsync(string? label, CancellationToken cancellationToken);

    /// <summary>One container; null where there is none of that name.</summary>
    Task<ContainerDetails?> InspectAsync(string container, CancellationToken cancellationToken);

    /// <summary>Starts a container. Does nothing where it runs.</summary>
    Task StartAsync(string container, CancellationToken cancellationToken);

    /// <summary>Stops a container: its stop signal, and SIGKILL after <paramref name="grace"/> (whole seconds).
    /// Does nothing where it does not run.</summary>
    Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Stop and start.</summary>
    Task RestartAsync(string container, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Sends a signal to its first process.</summary>
    /// <param name="container">Identifier or name.</param>
    /// <param name="signal"><c>SIGKILL</c>, <c>SIGHUP</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task KillAsync(string container, string signal, CancellationToken cancellationToken);

    /// <summary>Freezes all its processes.</summary>
    Task PauseAsync(string container, CancellationToken cancellationToken);

    /// <summary>Lets its processes go on.</summary>
    Task UnpauseAsync(string container, CancellationToken cancellationToken);

    /// <summary>Kills and removes a container with its anonymous volumes. Does nothing where there is none.</summary>
    Task RemoveAsync(string container, CancellationToken cancellationToken);

    /// <summary>The lines a container wrote, in order.</summary>
    IAsyncEnumerable<LogLine> LogsAsync(string container, LogRequest request, CancellationToken cancellationToken);

    /// <summary>What happens to containers with a label, from now on (or from <paramref name="since"/>) until cancelled.</summary>
    IAsyncEnumerable<EngineEvent> EventsAsync(string label, DateTimeOffset? since, CancellationToken cancellationToken);

    /// <summary>CPU and memory of a running container; null where it does not run.</summary>
    Task<ContainerUsage?> UsageAsync(string container, CancellationToken cancellationToken);

    /// <summary>Runs a command in a container and waits for its end.</summary>
    /// <param name="container">Identifier or name.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="input">Standard input; null: none.</param>
    /// <param name="cancellationToken">Cancels the wait, not the command.</param>
    Task<ExecResult> ExecAsync(string container, IReadOnlyList<string> command, string? input, CancellationToken cancellationToken);

    /// <summary>Connects a container to a network under host names.</summary>
    Task ConnectNetworkAsync(string network, string container, IReadOnlyList<string> aliases, CancellationToken cancellationToken);

    /// <summary>Cuts a container off a network.</summary>
    Task DisconnectNetworkAsync(string network, string container, CancellationToken cancellationToken);

    /// <summary>The networks with a label; null: all.</summary>
    Task<IReadOnlyList<LabelledName>> ListNetworksAsync(string? label, CancellationToken cancellationToken);

    /// <summary>Removes a network. Does nothing where there is none.</summary>
    Task RemoveNetworkAsync(string network, CancellationToken cancellationToken);

    /// <summary>The volumes with a label; null: all.</summary>
    Task<IReadOnlyList<LabelledName>> ListVolumesAsync(string? label, CancellationToken cancellationToken);

    /// <summary>Removes a volume. Does nothing where there is none.</summary>
    Task RemoveVolumeAsync(string volume, CancellationToken cancellationToken);

    /// <summary>An image on this machine; null where there is none of that reference.</summary>
    Task<ImageDetails?> ImageAsync(string reference, CancellationToken cancellationToken);

    /// <summary>Makes an image of a container's files, with the entry point, command and environment of another.</summary>
    /// <param name="container">Identifier or name.</param>
    /// <param name="reference"><c>repository:tag</c>.</param>
    /// <param name="like">Gives entry point and command;
    /// the container must not have been given environment variables that the new image should not have.</param>
    /// <param name="labels">Labels of the new image.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task CommitAsync(string container, string reference, ImageDetails like, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Waits for a container's end.</summary>
    /// <returns>Its exit code.</returns>
    Task<int> WaitAsync(string container, CancellationToken cancellationToken);
}
