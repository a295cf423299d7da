using System.Text;
using System.Text.RegularExpressions;
using SynapseLab.Yaml;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Topologies;

/// <summary>A topology, or all that is wrong with its file.</summary>
/// <param name="Topology">The topology; null where there are problems.</param>
/// <param name="Problems">What is wrong, by line; empty where all is well.</param>
public sealed record TopologyResult(Topology? Topology, IReadOnlyList<Problem> Problems);

/// <summary>Reads a topology file: syntax, then its shape, then Synapse's rules about workers.</summary>
public static partial class TopologyFile
{
    /// <summary>Reads a file's text.</summary>
    /// <param name="path">The path as the user gave it: shown in problems, and the topology's name without folder and ending.</param>
    /// <param name="text">The file's text.</param>
    public static TopologyResult Parse(string path, string text) => Parse(path, text, new FileProblems(path));

    /// <summary>Puts the contents of the files that a topology brings in into it.</summary>
    /// <param name="path">The topology's own path, shown in problems.</param>
    /// <param name="topology">The topology.</param>
    /// <param name="read">Gives the bytes of a file by the path that the topology has for it;
    /// no more than a little beyond <see cref="ExtraFile.MaxBytes"/> are asked for.</param>
    public static TopologyResult WithFiles(string path, Topology topology, Func<string, byte[]> read)
    {
        var problems = new FileProblems(path);
        var homeservers = topology.Homeservers
            .Select(homeserver => homeserver with { Files = [.. homeserver.Files.Select(file => file with { Contents = Contents(file, read, problems) })] })
            .ToArray();
        return problems.None
            ? new TopologyResult(topology with { Homeservers = homeservers }, [])
            : new TopologyResult(null, problems.InOrder());
    }

    /// <summary>Reads a file's bytes, which may be anything.</summary>
    /// <param name="path">See <see cref="Parse(string, string)"/>.</param>
    /// <param name="bytes">The file's contents.</param>
    public static TopologyResult Parse(string path, ReadOnlySpan<byte> bytes)
    {
        var problems = new FileProblems(path);
        return YamlText.Decode(bytes, problems) is { } text
            ? Parse(path, text, problems)
            : new TopologyResult(null, problems.InOrder());
    }

    private static string Contents(ExtraFile file, Func<string, byte[]> read, FileProblems problems)
    {
        try
        {
            var bytes = read(file.Source);
            if (bytes.Length <= ExtraFile.MaxBytes)
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            }

            problems.Add(file.Line, $"'{file.Source}' is larger than {ExtraFile.MaxBytes >> 20} MiB", "Is it the right file?");
        }
        catch (DecoderFallbackException)
        {
            problems.Add(file.Line, $"'{file.Source}' is not text", "Give a file in UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(file.Line, $"'{file.Source}' cannot be read: {e.Message}", "Paths are relative to the topology's own file");
        }

        return "";
    }

    private static TopologyResult Parse(string path, string text, FileProblems problems)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (!FitForContainers().IsMatch(name))
        {
            problems.Add(
                0,
                $"the file's name '{name}' is not fit for names of containers",
                "Rename it to 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit");
        }

        Topology? topology = null;
        if (YamlText.Parse(text, problems) is { } root and not YamlScalar { Text: "" })
        {
            ShapeCheck.Check("the topology", root, TopologyShape.File, problems);
            topology = new TopologyReader(problems).Read(name, root) with { Text = text };
        }
        else if (problems.None)
        {
            problems.Add(0, "the file is empty", "Start from a copy of topologies/monolith.yaml");
        }

        return problems.None ? new TopologyResult(topology, []) : new TopologyResult(null, problems.InOrder());
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,39}$")]
    private static partial Regex FitForContainers();
}
