namespace SynapseLab.Tests.Architecture;

/// <summary>What can be reached from where.</summary>
internal static class Reach
{
    /// <summary>For each end of some ways everything that they lead to from there, itself only where they lead back.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Of(IReadOnlyCollection<(string From, string To)> ways)
    {
        var next = ways.ToLookup(way => way.From, way => way.To);
        return ways
            .SelectMany(way => new[] { way.From, way.To })
            .Distinct()
            .ToDictionary(name => name, name => (IReadOnlySet<string>)From(name));

        HashSet<string> From(string name)
        {
            var seen = new HashSet<string>();
            var open = new Stack<string>([name]);
            while (open.TryPop(out var one))
            {
                foreach (var other in next[one].Where(seen.Add))
                {
                    open.Push(other);
                }
            }

            return seen;
        }
    }
}
