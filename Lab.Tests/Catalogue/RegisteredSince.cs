using SynapseLab.Catalogue;

namespace SynapseLab.Tests.Catalogue;

/// <summary>
/// Since which release Synapse's own code registers an entry: RegisteredSince.txt, which eng/registered_since.py reads out of every minor
/// release, and RegisteredSinceByHand.txt for the few that it cannot see.
/// </summary>
internal sealed class RegisteredSince
{
    private const string StreamMark = "stream";
    private const string Never = "-";

    private readonly Dictionary<string, (string Main, string Worker)> _entries = [];
    private readonly Dictionary<string, string> _streams = [];
    private readonly Dictionary<string, string> _byHand;

    private RegisteredSince()
    {
        // "GET,PUT /_matrix/client/... 1.4 1.26": main and worker; "stream typing 1.18".
        foreach (var words in Lines("RegisteredSince.txt").Select(line => line.Split(' ')))
        {
            if (words[0] == StreamMark)
            {
                _streams.Add(words[1], words[2]);
            }
            else
            {
                _entries.Add($"{words[0]} {words[1]}", (words[2], words[3]));
            }
        }

        // "GET /health 1.4 # reason"
        _byHand = Lines("RegisteredSinceByHand.txt")
            .Select(line => line.Split(" # ", 2)[0].Split(' '))
            .ToDictionary(words => $"{words[0]} {words[1]}", words => words[2]);
    }

    /// <summary>Names of all entries in the tables: <c>GET,PUT /_matrix/client/...</c>.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Entries whose release was found by hand.</summary>
    public IEnumerable<string> NamesByHand => _byHand.Keys;

    public static RegisteredSince Read() => new();

    /// <summary>How the tables call an entry.</summary>
    public static string NameOf(CatalogueEntry entry) => $"{string.Join(',', entry.Methods)} {entry.Path.Text}";

    /// <summary>Whether the code tells the release of an entry; where not, it has to be found by hand.</summary>
    public bool IsRead(CatalogueEntry entry) => OfCode(entry) != Never;

    /// <summary>Since which release an entry holds whole: see docs/routing.md.</summary>
    public string Of(CatalogueEntry entry) => IsRead(entry) ? OfCode(entry) : _byHand.GetValueOrDefault(NameOf(entry), "nothing known");

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Catalogue", file)).Where(line => line.Length > 0 && !line.StartsWith('#'));

    private string OfCode(CatalogueEntry entry)
    {
        var (main, worker) = _entries.GetValueOrDefault(NameOf(entry), (Never, Never));
        return entry.ServedBy.Kind switch
        {
            ServerKind.Main => main,
            ServerKind.Nobody => Never,
            _ when worker == Never || entry.ServedBy.Stream is null => worker,
            // Registered on workers that only read, long before one could write.
            _ => Later(worker, _streams[entry.ServedBy.Stream]),
        };
    }

    private static string Later(string one, string other) => Version.Parse(one) >= Version.Parse(other) ? one : other;
}
