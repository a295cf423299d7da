using System.Text;

namespace SynapseLab.Tests.Architecture;

/// <summary>Draws which namespace uses which, in Mermaid's words, as it stands in docs/architecture.md.</summary>
internal static class ArchitecturePicture
{
    /// <summary>The picture of some projects. An arrow that follows from others is left out: A to C where A goes to B and B to C.</summary>
    public static string Of(SourceCode code, IReadOnlyList<string> projects)
    {
        var names = code.ProjectOf
            .Where(pair => projects.Contains(pair.Value))
            .Select(pair => pair.Key)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var ways = code.Ways.Where(way => names.Contains(way.From) && names.Contains(way.To)).ToHashSet();
        var reached = Reach.Of(ways);
        var text = new StringBuilder("```mermaid\nflowchart RL\n");
        foreach (var project in projects)
        {
            text.Append($"    subgraph {Id(project)}[\"{project}\"]\n");
            foreach (var name in names.Where(name => code.ProjectOf[name] == project))
            {
                text.Append($"        {Id(Short(name))}[\"{Short(name)}\"]\n");
            }

            text.Append("    end\n");
        }

        var told = ways.Where(way =>
            !ways.Any(other => other.From == way.From && other.To != way.To && reached[other.To].Contains(way.To)));
        foreach (var (from, to) in told
            .OrderBy(way => way.From, StringComparer.Ordinal).ThenBy(way => way.To, StringComparer.Ordinal))
        {
            text.Append($"    {Id(Short(from))} --> {Id(Short(to))}\n");
        }

        return text.Append("```\n").ToString();
    }

    private static string Id(string label) => label.Replace('.', '_').Replace('/', '_');

    // SynapseLab.Runtimes.Health is Runtimes.Health, and SynapseLab itself, where problems are told, is Problems as its folder.
    private static string Short(string name) => name == "SynapseLab" ? "Problems" : name["SynapseLab.".Length..];
}
