using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Tests.Routing;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Proxies;

public sealed class ProxySnapshotTests
{
    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public void The_configuration_of_the_reference_is_as_reviewed(string kind) =>
        Match([RoutedHomeservers.Reference()], RoutedHomeservers.ReferenceProxy(kind), $"reference.{kind}");

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public void The_configuration_of_two_homeservers_with_every_role_and_without_workers_is_as_reviewed(string kind) =>
        Match(
            [RoutedHomeservers.EveryRole(), RoutedHomeservers.Of([], key: "hs2", index: 1)],
            new ProxyTopology { Kind = kind },
            $"every-role.{kind}");

    [Fact]
    public void A_configuration_without_workers_looks_nothing_up()
    {
        var text = new NginxRenderer().Render([RoutedHomeservers.Monolith()], new ProxyTopology())[0].Contents;
        Assert.DoesNotContain("$lab_shelf", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_kind_of_proxy_is_wrong_use()
    {
        var error = Assert.Throws<LabException>(() => ProxyRenderers.For("traefik"));
        Assert.Equal((ExitCodes.WrongUse, "unknown proxy 'traefik'. Use one of: nginx, haproxy"), (error.ExitCode, error.Message));
    }

    private static void Match(IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy, string folder)
    {
        foreach (var file in ProxyRenderers.For(proxy.Kind).Render(homeservers, proxy))
        {
            Snapshot.Match(file.Contents, $"Proxies/{folder}/{Path.GetFileName(file.Path)}");
        }
    }
}
