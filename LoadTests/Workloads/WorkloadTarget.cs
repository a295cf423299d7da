using System.Net;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>The lab that a workload's requests go to.</summary>
/// <param name="Lab">Its name, for what is told.</param>
/// <param name="Homeservers">Client port of each homeserver, by key.</param>
/// <param name="Processes">Process ids; a reply's X-Synapse-Worker becomes an index into them.</param>
internal sealed record WorkloadTarget(string Lab, IReadOnlyDictionary<string, IPEndPoint> Homeservers, IReadOnlyList<string> Processes);
