using System.Text;
using SynapseLab.LoadTests.Http;
using SynapseLab.LoadTests.Populations;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>Connections of users to their homeservers, and what the head of each of their requests has in it.</summary>
internal sealed class UserConnections : IDisposable
{
    private readonly ReplyOutcomes _outcomes;
    private readonly TimeSpan _patience;
    private readonly HttpConnectionPool[] _pools;
    private readonly byte[][] _heads;

    /// <summary>Opens no connection yet.</summary>
    /// <param name="users">The users.</param>
    /// <param name="target">Where their homeservers are.</param>
    /// <param name="patience">How long a reply may take.</param>
    /// <param name="time">The clock that time-outs are counted on.</param>
    public UserConnections(IReadOnlyList<LoadUser> users, WorkloadTarget target, TimeSpan patience, TimeProvider time)
    {
        _outcomes = new ReplyOutcomes(target.Processes);
        _patience = patience;
        var pools = target.Homeservers.ToDictionary(pair => pair.Key, pair => new HttpConnectionPool(pair.Value, time));
        _pools = [.. users.Select(user => pools[user.HomeserverKey])];
        _heads = [.. users.Select(user => Encoding.ASCII.GetBytes(
            $" HTTP/1.1\r\nHost: {pools[user.HomeserverKey].To}\r\n"
            + $"User-Agent: synapse-lab-load\r\nAuthorization: Bearer {user.AccessToken}\r\n"))];
    }

    /// <summary>What follows on the path in a request of a user: the request line's end, host and access token.</summary>
    public ReadOnlySpan<byte> Head(int user) => _heads[user];

    /// <summary>A connection for a request of a user.</summary>
    public async ValueTask<Exchange> OpenAsync(int user, CancellationToken cancellationToken) =>
        new(_pools[user], await _pools[user].TakeAsync(cancellationToken), _outcomes, _patience);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pool in _pools)
        {
            pool.Dispose();
        }
    }
}
