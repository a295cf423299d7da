using SynapseLab.Catalogue;
using SynapseLab.Plans;

namespace SynapseLab.Routing;

/// <summary>Where a request goes, and why.</summary>
/// <param name="Entry">The catalogue's entry; null where it has none and main serves the request.</param>
/// <param name="Pool">The pool; null where the proxy refuses the request.</param>
/// <param name="Affinity">What chooses among the pool's members.</param>
/// <param name="Key">The key that is hashed; null without affinity.</param>
/// <param name="Instance">The process; null where it depends on more than the request, or the request is refused.</param>
/// <param name="Reason">Why this pool, one sentence without a full stop.</param>
/// <param name="AffinityReason">Why this affinity, one clause: <c>the topology says so for 'sync'</c>.</param>
public sealed record RouteDecision(
    CatalogueEntry? Entry,
    Pool? Pool,
    Affinity Affinity,
    string? Key,
    SynapseProcess? Instance,
    string Reason,
    string AffinityReason);
