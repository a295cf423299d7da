using System.Globalization;
using System.Text;
using SynapseLab.Proxies;
using SynapseLab.Routing;
using SynapseLab.Scenarios.Statistics;
using Xunit;

namespace SynapseLab.Tests.Proxies;

/// <summary>
/// Affinity as it is measured on real proxies: 200 keys over three workers. The spread is held against chance by a chi-square
/// test of the counts at the level of <see cref="ChiSquare.FalseAlarm"/>; the share that moves to a fourth worker against the
/// quarter that consistent hashing promises, and three standard deviations of the binomial distribution.
/// </summary>
[Trait("Lab", "engine")]
public sealed class AffinitySpreadTests(SharedProxies proxies) : IClassFixture<SharedProxies>
{
    private const int Keys = 200;

    // For the requests alone: proxies that start have a deadline of their own (SharedProxies).
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static TheoryData<string, string> EveryAffinityOnEveryProxy
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var renderer in ProxyRenderers.All)
            {
                data.Add(renderer.Kind, "user");
                data.Add(renderer.Kind, "room");
                data.Add(renderer.Kind, "origin");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryAffinityOnEveryProxy))]
    public async Task Each_key_stays_on_the_one_of_three_workers_that_the_map_foretells_and_the_spread_is_no_worse_than_chance(string kind, string affinity)
    {
        var proxy = await proxies.GetAsync(kind, "three of each");
        using var limit = new CancellationTokenSource(Deadline);

        var first = await ServedByAsync(proxy, affinity, limit.Token);
        var second = await ServedByAsync(proxy, affinity, limit.Token);

        Assert.Equal(first, second);
        Assert.Equal(Enumerable.Range(0, Keys).Select(number => proxy.Map.Decide(RequestOf(affinity, number)).Instance?.Id), first);
        var counts = first.GroupBy(worker => worker).Select(group => group.Count()).ToArray();
        Assert.Equal(3, counts.Length);
        var test = ChiSquare.OfEvenSpread(counts);
        Assert.True(test.IsPlausible, $"{string.Join(" + ", counts)}: {test}");
    }

    [Theory]
    [MemberData(nameof(EveryAffinityOnEveryProxy))]
    public async Task After_a_fourth_worker_came_no_more_keys_move_than_consistent_hashing_promises_and_all_to_it(string kind, string affinity)
    {
        var three = await proxies.GetAsync(kind, "three of each");
        var four = await proxies.GetAsync(kind, "four of each");
        using var limit = new CancellationTokenSource(Deadline);
        var before = await ServedByAsync(three, affinity, limit.Token);
        var after = await ServedByAsync(four, affinity, limit.Token);

        var moved = before.Zip(after).Where(pair => pair.First != pair.Second).ToArray();
        Assert.All(moved, pair => Assert.EndsWith("4", pair.Second, StringComparison.Ordinal));
        const double Share = 1 / 4.0;
        var most = (Keys * Share) + (3 * Math.Sqrt(Keys * Share * (1 - Share)));
        Assert.InRange(moved.Length, 1, most);
    }

    private static async Task<IReadOnlyList<string>> ServedByAsync(ProxyUnderTest proxy, string affinity, CancellationToken cancellationToken)
    {
        using var http = proxy.Client();
        var workers = new List<string>();
        foreach (var number in Enumerable.Range(0, Keys))
        {
            var request = RequestOf(affinity, number);
            var headers = new Dictionary<string, string>();
            if (request.Authorization is not null)
            {
                headers["Authorization"] = request.Authorization;
            }

            workers.Add((await http.SendAsync(request.Method, request.Target, headers, cancellationToken: cancellationToken)).Worker ?? "nobody");
        }

        return workers;
    }

    private static HttpRequestLine RequestOf(string affinity, int number) => affinity switch
    {
        "user" => new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s1")
        {
            Authorization = string.Create(CultureInfo.InvariantCulture, $"Bearer syt_{Convert.ToBase64String(Encoding.ASCII.GetBytes($"user{number}")).TrimEnd('=')}_AbCdEfGhIjKlMnOpQrSt_0a1B2c"),
        },
        "room" => new HttpRequestLine("PUT", $"/_matrix/client/v3/rooms/!room{number}:hs1.test/send/m.room.message/1"),
        _ => new HttpRequestLine("PUT", "/_matrix/federation/v1/send/1")
        {
            Authorization = $"X-Matrix origin=\"hs{number}.test\",destination=\"hs1.test\",key=\"ed25519:a\",sig=\"A\"",
        },
    };
}
