using System.Text.Json.Serialization;
using SynapseLab.Conventions;

namespace SynapseLab.Topologies;

/// <summary>A file that a topology brings in for a homeserver: an application service's registration, a template,
/// a log configuration.</summary>
/// <param name="Name">Its path below <see cref="Path"/>, as options name it: <c>irc.yaml</c>, <c>templates/mail.html</c>.</param>
/// <param name="Source">Where it is read from, as the topology says: relative to the topology's own file.</param>
/// <param name="Contents">Its text.</param>
public sealed record ExtraFile(string Name, string Source, string Contents = "")
{
    /// <summary>The line in the topology, for problems; no part of what the file is.</summary>
    [JsonIgnore]
    public int Line { get; init; }

    /// <summary>The folder of these files in a homeserver's own.</summary>
    public const string Folder = "files";

    /// <summary>Where Synapse's containers see that folder.</summary>
    public const string Path = $"{LabPaths.SynapseConfig}/{Folder}";

    /// <summary>The largest that is brought in, in bytes.</summary>
    public const int MaxBytes = 1 << 20;
}
