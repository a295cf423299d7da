using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// The lab's own profiles on the topologies that they are for: some seconds, and fewer rooms, since set-up takes most of the time.
/// </summary>
internal static class LoadProfiles
{
    public static LoadProfile Small(string name, int users, int rooms)
    {
        var profile = new ProfileLibrary(Path.Combine(LabRoot.Find().Path, "profiles")).Load(name).Profile!;
        return profile with
        {
            Users = users,
            Rooms = profile.Rooms with { Count = rooms },
            Duration = TimeSpan.FromSeconds(5),
            DeliveryDeadline = TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>Nothing lost, nothing twice, and every message that was planned reached so many.</summary>
    public static void AllArrived(LoadResult result, int membersOfEachRoom)
    {
        Assert.Empty(result.Errors);
        Assert.True(result.Deliveries.Clean, string.Join("; ", result.Problems));
        var planned = result.Operations.Single(operation => operation.Operation == "send").Planned!.Value;
        Assert.InRange(planned, 3, 100);
        Assert.Equal((long)planned * membersOfEachRoom, result.Deliveries.Delivered);
    }
}

/// <summary>many-rooms.</summary>
[Collection(ShardedLab.Name)]
[Trait("Lab", "real")]
public sealed class ManyRoomsTests(ShardedLab sharded)
{
    [Fact]
    public async Task Messages_to_many_rooms_are_written_by_several_persisters_and_by_nobody_else()
    {
        using var folder = new TemporaryFolder();
        var result = await SmallLoad.RunAsync(sharded.Lab, LoadProfiles.Small("many-rooms", users: 6, rooms: 16), folder.Path);

        LoadProfiles.AllArrived(result, 3);
        var writers = result.Processes.Where(process => process.EventsPersisted > 0).ToArray();
        Assert.True(writers.Length > 1, $"only {string.Join(", ", writers.Select(process => process.Process))} wrote");
        Assert.All(writers, process => Assert.StartsWith("events_persister", process.Process, StringComparison.Ordinal));
        Assert.True(
            writers.Sum(process => process.EventsPersisted) >= result.Operations.Single(operation => operation.Operation == "send").Done);
    }
}

/// <summary>federation-out.</summary>
[Collection(FederationLab.Name)]
[Trait("Lab", "real")]
public sealed class FederationOutTests(FederationLab federation)
{
    [Fact]
    public async Task Messages_reach_the_members_on_all_homeservers_and_only_the_senders_send_them_there()
    {
        using var folder = new TemporaryFolder();
        var lab = federation.Lab;
        var result = await SmallLoad.RunAsync(lab, LoadProfiles.Small("federation-out", users: 3, rooms: 1), folder.Path);

        // Three on the first homeserver, and one on each of the others.
        LoadProfiles.AllArrived(result, 3 + (lab.Deployment.Homeservers.Count - 1));
        var first = lab.Deployment.Homeservers[0].Processes.ToDictionary(process => process.Id);
        var sent = result.Processes
            .Where(process => first.ContainsKey(process.Process))
            .ToLookup(process => first[process.Process].Name.StartsWith("federation_sender", StringComparison.Ordinal), process => process);
        Assert.All(sent[false], process => Assert.Equal((process.Process, 0), (process.Process, process.TransactionsSent)));

        // Each message goes to every other homeserver; several may share a transaction.
        Assert.True(
            sent[true].Sum(process => process.TransactionsSent) >= lab.Deployment.Homeservers.Count - 1,
            string.Join(", ", sent[true]));
    }
}
