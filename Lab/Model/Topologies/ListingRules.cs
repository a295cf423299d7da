using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Workers of some roles do nothing until an option of homeserver.yaml names them, and Synapse says nothing about it.
/// The lab does.</summary>
internal static class ListingRules
{
    public static void Check(HomeserverTopology homeserver, WorkerGroups workers, FileProblems problems)
    {
        var idle = workers.All.Where(worker => worker.RoleKnown && worker.Worker.Role.NeedsListingIn is { } option && !Listed(homeserver, option).Contains(worker.Worker.Name));
        foreach (var group in idle.GroupBy(worker => worker.Line))
        {
            var role = group.First().Worker.Role;
            var names = string.Join(", ", group.Select(worker => $"'{worker.Worker.Name}'"));
            problems.Add(
                group.Key,
                $"{names} would do nothing: role {role.Name} has to be named in '{role.NeedsListingIn}'",
                Fix(role.NeedsListingIn!, group.First().Worker.Group));
        }
    }

    private static IEnumerable<string> Listed(HomeserverTopology homeserver, string option) => option switch
    {
        "stream_writers" => homeserver.StreamWriters.Values.SelectMany(names => names),
        "stream_writers.events" => homeserver.StreamWriters.GetValueOrDefault("events", []),
        "federation_sender_instances" => homeserver.FederationSenderInstances,
        "pusher_instances" => homeserver.PusherInstances,
        "run_background_tasks_on" => One(homeserver.RunBackgroundTasksOn),
        "notify_appservices_from_worker" => One(homeserver.NotifyAppservicesFromWorker),
        "update_user_directory_from_worker" => One(homeserver.UpdateUserDirectoryFromWorker),
        _ => throw new ArgumentOutOfRangeException(nameof(option), option, null),
    };

    private static IEnumerable<string> One(string? name) => name is null ? [] : [name];

    private static string Fix(string option, string group) => option switch
    {
        "stream_writers" => $"Add '{group}' to a stream under 'stream_writers', for example 'receipts: {group}', or remove the worker",
        "stream_writers.events" => $"Add 'events: {group}' under 'stream_writers', or remove the worker",
        _ => $"Add '{option}: {group}', or remove the worker",
    };
}
