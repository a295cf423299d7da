using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Plans;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>With <c>outbound_federation_restricted_to</c>, the other processes send their requests through the named ones
/// (synapse/http/proxy.py).</summary>
internal sealed class FederationRestricted : IScenario
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "federation-restricted";

    /// <inheritdoc/>
    public string Summary =>
        "Where outbound federation is restricted to the senders, "
        + "no other process ever opens a connection to another homeserver, as the receiving side shows.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.RestrictedFederation(topology) ?? TopologyNeeds.SeparateContainers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var restricted = context.Homeservers.First(homeserver => homeserver.Topology.OutboundFederationRestrictedTo.Count > 0);
        var free = context.Homeservers.Last(homeserver => homeserver.Processes.Count == 1);
        static bool May(Homeserver homeserver, SynapseProcess process) =>
            homeserver.Topology.OutboundFederationRestrictedTo.Contains(process.Name);
        var allowed = restricted.Processes.Where(process => May(restricted, process)).ToArray();
        var restrictedAnywhere = context.Homeservers
            .Where(homeserver => homeserver.Topology.OutboundFederationRestrictedTo.Count > 0)
            .SelectMany(homeserver => homeserver.Processes.Where(process => !May(homeserver, process)))
            .ToArray();
        var window = await context.OpenWindowAsync(cancellationToken);

        context.Story.Step(
            $"alice of {restricted.ServerName} joins dora's room on {free.ServerName}, looks her up, asks for her keys, and writes");
        var dora = await context.UserAsync("dora", cancellationToken, free.Key);
        var alice = await context.UserAsync("alice", cancellationToken, restricted.Key);
        var alias = context.Unique("restricted");
        var roomId = await dora.Client.CreateRoomAsync(new Matrix.NewRoom { RoomAliasName = alias }, cancellationToken);
        await alice.Client.JoinAsync($"#{alias}:{free.ServerName}", cancellationToken);
        await alice.Client.DisplayNameAsync(dora.Id, cancellationToken);
        await alice.Client.QueryDeviceKeysAsync(dora.Id, cancellationToken);
        var stream = context.Stream(dora);
        await alice.Client.SendMessageAsync(roomId, "hello", "hello", cancellationToken);
        await stream.FollowUntilAsync("dora is given alice's message", () => stream.HasMessages(roomId, 1), LongPoll, cancellationToken);

        await context.Prover.ProveAsync(
            $"every connection from {restricted.ServerName} comes from {string.Join(" or ", allowed.Select(process => process.Id))}, "
            + "though others ask too",
            [
                new Witness(EvidenceSource.ReceivingServer, async token =>
                {
                    var lines = FederationLines.Of(window, await window.LinesAsync(token)).ToArray();
                    var from = lines.Where(line => restricted.Processes.Any(process => process.Id == line.From)).ToArray();
                    var stranger = lines.Where(line => context.Lab.Deployment.Processes.All(process => process.Id != line.From)).ToArray();
                    var ever = await EverAsync(context, window, token);
                    var outsiders = ever.Where(line => restrictedAnywhere.Any(process => process.Id == line.From)).ToArray();
                    return new Observation(
                        stranger.Length == 0
                        && outsiders.Length == 0
                        && from.Any(line => line.Path.Contains("/make_join/", StringComparison.Ordinal))
                        && from.Any(line => line.Path.Contains("/query/", StringComparison.Ordinal)),
                        $"requests arrived: {Counts.Tell(from.CountBy(line => line.From))}; "
                        + $"of {ever.Count} since the lab began, {outsiders.Length} from a process that may not"
                        + (outsiders.Length == 0 ? "" : $", such as {outsiders[0].Method} {outsiders[0].Path} from {outsiders[0].From}")
                        + (stranger.Length == 0 ? "" : $"; {stranger.Length} from nobody known, such as {stranger[0].From}"));
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var asked = new Dictionary<string, long>();
                    foreach (var process in restricted.Processes)
                    {
                        asked[process.Id] = (long)(await window.CountedAsync(process, token)).Sum(SynapseMetric.FederationRequests);
                    }

                    return new Observation(
                        asked.Any(count => count.Value > 0 && allowed.All(process => process.Id != count.Key)),
                        $"requests to other homeservers begun: {Counts.Tell(asked)}");
                }),
            ],
            cancellationToken);
    }

    // All that the proxy ever logged on its federation listeners, by who had the address last.
    private static async Task<IReadOnlyList<FederationLine>> EverAsync(
        ScenarioContext context, EvidenceWindow window, CancellationToken cancellationToken)
    {
        var lines = new List<ProxyLogLine>();
        await foreach (var line in context.Lab.LogsAsync("proxy", new LogRequest(), cancellationToken))
        {
            if (ProxyLogLine.TryParse(line.Text) is { } parsed)
            {
                lines.Add(parsed);
            }
        }

        return [.. FederationLines.Of(window, lines)];
    }
}
