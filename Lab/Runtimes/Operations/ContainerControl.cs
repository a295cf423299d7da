using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Operations;

/// <summary>Acts on a part by its whole container, through the engine.</summary>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of a container of the lab; null: it was removed.</param>
/// <param name="networkAsync">The lab's network; null: it can't be told while none of its containers runs.</param>
internal sealed class ContainerControl(
    IContainerEngine engine, Func<string, string?> containerId, Func<CancellationToken, Task<string?>> networkAsync) : IPartControl
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken)
    {
        if (containerId(part.Container.Name) is not { } id || await engine.InspectAsync(id, cancellationToken) is not { } details)
        {
            return new PartState(PartRun.Gone);
        }

        var run = details.State switch
        {
            "running" or "restarting" => PartRun.Running,
            "paused" => PartRun.Paused,
            _ => PartRun.Ended,
        };
        var network = await networkAsync(cancellationToken);
        return new PartState(run, CutOff: network is not null && !details.Aliases.ContainsKey(network))
        {
            NeverStarted = details.State == "created",
            Addresses = details.Addresses,
            StartedAt = details.StartedAt,
            EndedAt = run == PartRun.Ended ? details.FinishedAt : null,
            ExitCode = details.ExitCode,
            OutOfMemory = details.OutOfMemory,
        };
    }

    /// <inheritdoc/>
    public async Task ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken)
    {
        var spec = part.Container;
        var id = containerId(spec.Name) ?? throw LabException.Failed($"the container of {part.Name} is gone");
        await (verb switch
        {
            Verb.Stop => engine.StopAsync(id, StopGrace, cancellationToken),
            Verb.Start => engine.StartAsync(id, cancellationToken),
            Verb.Restart => engine.RestartAsync(id, StopGrace, cancellationToken),
            Verb.Kill => engine.KillAsync(id, "SIGKILL", cancellationToken),
            Verb.Pause => engine.PauseAsync(id, cancellationToken),
            Verb.Unpause => engine.UnpauseAsync(id, cancellationToken),
            Verb.Partition => engine.DisconnectNetworkAsync(await KnownNetworkAsync(cancellationToken), id, cancellationToken),
            _ => engine.ConnectNetworkAsync(
                await KnownNetworkAsync(cancellationToken), id, [spec.Name, .. spec.Aliases], cancellationToken),
        });
    }

    private async Task<string> KnownNetworkAsync(CancellationToken cancellationToken) =>
        await networkAsync(cancellationToken) ?? throw LabException.Failed("nothing of the lab is on its network any more");
}
