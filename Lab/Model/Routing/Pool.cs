using SynapseLab.Catalogue;
using SynapseLab.Plans;

namespace SynapseLab.Routing;

/// <summary>Processes of one homeserver that share the requests of one or more routes: an upstream of the proxy.</summary>
/// <param name="Name">Unique in the lab: <c>hs1_main</c>, <c>hs1_generic_worker_by_user</c>, <c>hs1_writer_typing</c>.</param>
/// <param name="HomeserverKey">The homeserver: <c>hs1</c>.</param>
/// <param name="Affinity">What decides which member serves a request.</param>
/// <param name="Members">At least one, in topology order.</param>
public sealed record Pool(string Name, string HomeserverKey, Affinity Affinity, IReadOnlyList<SynapseProcess> Members);
