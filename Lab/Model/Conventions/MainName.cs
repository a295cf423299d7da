namespace SynapseLab.Conventions;

/// <summary>
/// The main process has two names in Synapse: <c>main</c> in instance_map, <c>master</c> everywhere else (synapse/config/workers.py,
/// MAIN_PROCESS_INSTANCE_NAME and MAIN_PROCESS_INSTANCE_MAP_NAME). The lab says <c>main</c>; this is the one place that translates.
/// </summary>
public static class MainName
{
    /// <summary>The name in instance_map.</summary>
    public const string InInstanceMap = Lab;

    /// <summary>The lab's own name, the same.</summary>
    public const string Lab = "main";

    /// <summary>The name in stream_writers, in other options, and in columns called instance_name.</summary>
    public const string Elsewhere = "master";

    /// <summary>How Synapse calls a process outside instance_map.</summary>
    /// <param name="name">The lab's name: <c>main</c>, <c>generic_worker1</c>.</param>
    public static string ToSynapse(string name) => name == Lab ? Elsewhere : name;
}
