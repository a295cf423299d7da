using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>A row of <c>state_groups_persisting</c> that nobody will take away.</summary>
/// <param name="StateGroup">The state group, of one room.</param>
/// <param name="InstanceName">The process that left it, as Synapse calls it: <c>events_persister1</c>, <c>master</c>.</param>
internal readonly record struct PersistingLeftover(long StateGroup, string InstanceName);

/// <summary>
/// A fault of Synapse's own, seen in 1.160. Around writing an event a persister puts a row into <c>state_groups_persisting</c> and
/// takes it away again, in transactions of their own (synapse/storage/databases/state/deletion.py persisting_state_group_references). Where
/// the connection to Postgres breaks between the two, the row stays, and every further event of that room is answered 500 until the
/// persister is started anew, which is when it clears its rows (element-hq/synapse#18137 brought that for a process that was killed; one
/// that lives on has no such moment). The persister's own log tells which row it is.
/// </summary>
internal sealed partial class PersistingLeftovers : IAsyncDisposable
{
    private readonly RunningLab _lab;
    private readonly string _homeserverKey;
    private readonly ConcurrentQueue<PersistingLeftover> _told = [];
    private readonly HashSet<PersistingLeftover> _taken = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _following;

    private PersistingLeftovers(RunningLab lab, Homeserver homeserver)
    {
        _lab = lab;
        _homeserverKey = homeserver.Key;
        _following = [.. homeserver.WritersOf("events").Select(FollowAsync)];
    }

    /// <summary>Follows the logs of a homeserver's persisters.</summary>
    public static PersistingLeftovers Follow(RunningLab lab, Homeserver homeserver) => new(lab, homeserver);

    /// <summary>Postgres is about to be killed: what was taken away before may be left once more.</summary>
    public void Forget() => _taken.Clear();

    /// <summary>Takes the rows away that the logs have told of, as Synapse does at a persister's start.</summary>
    /// <returns>Those that were there.</returns>
    public async Task<IReadOnlyList<PersistingLeftover>> TakeAwayAsync(CancellationToken cancellationToken)
    {
        if (_following.FirstOrDefault(task => task.IsFaulted)?.Exception is { } failed)
        {
            throw failed.GetBaseException();
        }

        var gone = new List<PersistingLeftover>();
        while (_told.TryPeek(out var row))
        {
            if (!_taken.Contains(row) && await DeleteAsync(row, cancellationToken) > 0)
            {
                gone.Add(row);
            }

            // After the deletion: the database may not be there yet, and then the row is looked at again.
            _taken.Add(row);
            _told.TryDequeue(out _);
        }

        return gone;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    /// <summary>The row that a line of a persister's log names:
    /// <c>DETAIL:  Key (state_group, instance_name)=(33, master) already exists.</c></summary>
    /// <returns>Null: the line is about something else.</returns>
    public static PersistingLeftover? In(string line) => DuplicateKey().Match(line) is { Success: true } match
        ? new PersistingLeftover(long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), match.Groups[2].Value)
        : null;

    private async Task FollowAsync(SynapseProcess persister)
    {
        await foreach (var line in _lab.LogsAsync(persister.Id, new LogRequest(Follow: true, Tail: 0), _end.Token))
        {
            if (In(line.Text) is { } row)
            {
                _told.Enqueue(row);
            }
        }
    }

    private async Task<int> DeleteAsync(PersistingLeftover row, CancellationToken cancellationToken)
    {
        await using var command = _lab.Database(_homeserverKey).CreateCommand(
            "DELETE FROM state_groups_persisting WHERE state_group = $1 AND instance_name = $2");
        command.Parameters.Add(new NpgsqlParameter { Value = row.StateGroup });
        command.Parameters.Add(new NpgsqlParameter { Value = row.InstanceName });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [GeneratedRegex(@"Key \(state_group, instance_name\)=\(([0-9]{1,18}), ([^)]+)\) already exists")]
    private static partial Regex DuplicateKey();
}
