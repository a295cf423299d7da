using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SynapseLab.Topologies;

namespace SynapseLab.Hosting.Model;

/// <summary>
/// A topology that is written in C#. It becomes the text of a topology's file and is read as one, so that the same rules
/// hold and the same words are used; problems are told where the program said it.
/// </summary>
/// <param name="name">The topology's name.</param>
internal sealed partial class TopologyInCode(string name)
{
    private readonly List<HomeserverInCode> _homeservers = [];
    private readonly List<(string Group, string Key, CodePlace Site)> _affinities = [];
    private (string Kind, CodePlace Site)? _proxy;
    private (Packing Packing, CodePlace Site)? _packing;

    /// <summary>Whether anything was said but names of homeservers.</summary>
    public bool IsBare =>
        _homeservers.TrueForAll(homeserver => homeserver.IsBare) && _affinities.Count == 0 && _proxy is null && _packing is null;

    /// <summary>Adds a homeserver.</summary>
    public HomeserverInCode Add(string serverName, CodePlace site)
    {
        var homeserver = new HomeserverInCode(serverName, site);
        _homeservers.Add(homeserver);
        return homeserver;
    }

    public void Proxy(string kind, CodePlace site) => _proxy = (kind, site);

    public void Affinity(string group, string key, CodePlace site) => _affinities.Add((group, key, site));

    public void Pack(Packing packing, CodePlace site) => _packing = (packing, site);

    /// <summary>Reads it.</summary>
    public TopologyResult Read()
    {
        var lines = Lines().ToArray();
        var result = TopologyFile.Parse(name, string.Concat(lines.Select(line => line.Text + '\n')));
        return result with { Problems = [.. result.Problems.Select(problem => InCode(problem, [.. lines.Select(line => line.Site)]))] };
    }

    private IEnumerable<(string Text, CodePlace Site)> Lines()
    {
        if (_packing is var (packing, packed))
        {
            yield return ($"packing: {(packing == Packing.OneContainer ? "one-container" : "separate")}", packed);
        }

        var homeservers = _homeservers.SelectMany(homeserver => homeserver.Lines()).ToArray();
        if (homeservers.Length > 0)
        {
            yield return ("homeservers:", homeservers[0].Site);
        }

        foreach (var line in homeservers)
        {
            yield return line;
        }

        var sites = _affinities.Select(affinity => affinity.Site);
        if ((_proxy is var (_, site) ? sites.Prepend(site) : sites).FirstOrDefault() is { } first)
        {
            yield return ("proxy:", first);
            yield return ($"  kind: {JsonSerializer.Serialize(_proxy?.Kind ?? "nginx")}", _proxy?.Site ?? first);
        }

        if (_affinities.Count > 0)
        {
            yield return ("  affinity:", _affinities[0].Site);
        }

        foreach (var (group, key, where) in _affinities)
        {
            yield return ($"    {JsonSerializer.Serialize(group)}: {JsonSerializer.Serialize(key)}", where);
        }
    }

    // hs1:5: ... on line 3
    private Problem InCode(Problem problem, IReadOnlyList<CodePlace> sites) => problem with
    {
        Where = problem.Where is { } where && where.StartsWith($"{name}:", StringComparison.Ordinal)
            ? SiteOf(where[(name.Length + 1)..], sites)
            : problem.Where,
        What = OnLine().Replace(problem.What, match => $"at {SiteOf(match.Groups["line"].Value, sites)}"),
    };

    private static string SiteOf(string line, IReadOnlyList<CodePlace> sites) =>
        sites[Math.Clamp(int.Parse(line, CultureInfo.InvariantCulture), 1, sites.Count) - 1].ToString();

    [GeneratedRegex("on line (?<line>[0-9]+)")]
    private static partial Regex OnLine();
}
