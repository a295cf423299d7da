using SynapseLab.Catalogue;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Roles against what they refer to.</summary>
public sealed class WorkerRolesTests
{
    [Fact]
    public void Names_are_unique() => Assert.Distinct(WorkerRoles.All.Select(role => role.Name));

    [Fact]
    public void Every_route_group_of_a_role_is_in_the_catalogue()
    {
        var groups = EndpointCatalogue.Load().Groups.Select(group => group.Name).ToHashSet();
        Assert.All(
            WorkerRoles.All.SelectMany(role => role.RouteGroups).Where(group => group != "*"),
            group => Assert.Contains(group, groups));
    }

    [Fact]
    public void Topology_every_role_has_a_worker_of_every_role()
    {
        var there = KnownTopologies.Library.Load("every-role").Homeservers.SelectMany(homeserver => homeserver.Workers).Select(worker => worker.Role.Name).ToHashSet();

        Assert.All(WorkerRoles.All, role => Assert.True(there.Contains(role.Name), $"add a worker with {{role: {role.Name}}} to topologies/every-role.yaml"));
    }

    [Fact]
    public void A_role_that_serves_requests_has_a_listener_for_them() =>
        Assert.All(WorkerRoles.All.Where(role => role.RouteGroups.Count > 0), role => Assert.NotEmpty(role.Resources));

    [Fact]
    public void Every_role_serves_something_or_has_to_be_listed() =>
        Assert.All(WorkerRoles.All, role => Assert.True(role.RouteGroups.Count > 0 || role.NeedsListingIn is not null));
}
