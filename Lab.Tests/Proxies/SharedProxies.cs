using System.Collections.Concurrent;
using SynapseLab.Catalogue;
using SynapseLab.Tests.Routing;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Proxies;

/// <summary>One running proxy for each kind and layout, shared by all tests that break nothing.</summary>
public sealed class SharedProxies : IAsyncLifetime
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string Kind, string Layout), Lazy<Task<ProxyUnderTest>>> _proxies = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await (await proxy.Value).DisposeAsync();
        }
    }

    internal Task<ProxyUnderTest> GetAsync(string kind, string layout) =>
        _proxies.GetOrAdd((kind, layout), _ => new Lazy<Task<ProxyUnderTest>>(async () =>
    {
        using var limit = new CancellationTokenSource(StartDeadline);
        return layout switch
        {
            "reference" =>
                await ProxyUnderTest.StartAsync(RoutedHomeservers.Reference(), RoutedHomeservers.ReferenceProxy(kind), limit.Token),
            "monolith" => await ProxyUnderTest.StartAsync(RoutedHomeservers.Monolith(), new ProxyTopology { Kind = kind }, limit.Token),
            "three of each" =>
                await ProxyUnderTest.StartAsync(RoutedHomeservers.PoolsOf(3), new ProxyTopology { Kind = kind }, limit.Token),
            "four of each" => await ProxyUnderTest.StartAsync(RoutedHomeservers.PoolsOf(4), new ProxyTopology { Kind = kind }, limit.Token),
            "source_ip" or "user" or "room" or "origin" => await ProxyUnderTest.StartAsync(
                RoutedHomeservers.ThreeOfEveryRole(),
                RoutedHomeservers.EveryGroupBy(AffinityWords.FromWord(layout)!.Value, kind),
                limit.Token),
            _ => await ProxyUnderTest.StartAsync(RoutedHomeservers.EveryRole(), new ProxyTopology { Kind = kind }, limit.Token),
        };
    })).Value;
}
