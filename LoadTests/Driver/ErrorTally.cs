using System.Collections.Concurrent;
using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Driver;

/// <summary>Counts errors by operation and cause. Any thread.</summary>
public sealed class ErrorTally
{
    // A server that answers every request with another text must not fill the memory.
    private const int MostCauses = 200;
    private const string Others = "other errors";
    private readonly ConcurrentDictionary<(OperationKind Operation, string Cause), long> _counts = new();

    /// <summary>The counts, most frequent first.</summary>
    public IReadOnlyList<(OperationKind Operation, string Cause, long Count)> Counts =>
        [
            .. _counts.Select(entry => (entry.Key.Operation, entry.Key.Cause, entry.Value))
                .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Cause, StringComparer.Ordinal),
        ];

    /// <summary>Counts one.</summary>
    public void Add(OperationKind operation, string cause)
    {
        var key = (operation, cause);
        if (_counts.Count >= MostCauses && !_counts.ContainsKey(key))
        {
            key = (operation, Others);
        }

        _counts.AddOrUpdate(key, 1, static (_, count) => count + 1);
    }
}
