using System.Net;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>What Redis says of itself.</summary>
/// <param name="Own">Whether it answers.</param>
/// <param name="Subscribers">The connections on which somebody is subscribed.</param>
public sealed record RedisSeen(Observation Own, IReadOnlyList<RedisSubscriber> Subscribers)
{
    /// <summary>Reads what <c>CLIENT LIST</c> gives (redis.io/commands/client-list).</summary>
    /// <param name="list">Lines such as <c>id=17 addr=172.23.0.10:42232 laddr=172.23.0.8:6379 fd=25 ... sub=2 ...</c>;
    /// others are passed over. Redis before 6.2 has no <c>laddr</c>.</param>
    public static IReadOnlyList<RedisSubscriber> SubscribersIn(string list)
    {
        var subscribers = new List<RedisSubscriber>();
        foreach (var line in list.Split('\n').Where(line => line.StartsWith("id=", StringComparison.Ordinal)))
        {
            var fields = line
                .Split(' ')
                .Select(field => field.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .ToDictionary(pair => pair[0], pair => pair[1]);
            // Over a Unix socket: addr=/run/redis/redis.sock:0
            if (fields.GetValueOrDefault("sub") is not (null or "0") && IPEndPoint.TryParse(fields["addr"], out var from))
            {
                subscribers.Add(new RedisSubscriber(from.Address, fields.TryGetValue("laddr", out var text) && IPEndPoint.TryParse(text, out var to) ? to.Address : null));
            }
        }

        return subscribers;
    }
}

/// <summary>A connection to Redis on which somebody is subscribed.</summary>
/// <param name="From">The subscriber's address when it connected.</param>
/// <param name="To">Redis's own address at that time; null: not told.</param>
public sealed record RedisSubscriber(IPAddress From, IPAddress? To);
