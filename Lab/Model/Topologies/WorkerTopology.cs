namespace SynapseLab.Topologies;

/// <summary>One worker process.</summary>
/// <param name="Name">Synapse's <c>worker_name</c>: <c>generic_worker1</c>.</param>
/// <param name="Group">The key it was declared under: <c>generic_worker</c>.</param>
/// <param name="Role">Its role.</param>
/// <param name="Limits">CPU and memory of its container.</param>
public sealed record WorkerTopology(string Name, string Group, WorkerRole Role, Limits Limits);
