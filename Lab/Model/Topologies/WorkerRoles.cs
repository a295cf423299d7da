namespace SynapseLab.Topologies;

/// <summary>All roles that a worker can have. A new role is an entry here.</summary>
public static class WorkerRoles
{
    /// <summary>The roles, in the order of the documentation: those that serve requests first.</summary>
    public static IReadOnlyList<WorkerRole> All { get; } =
    [
        // Whatever a generic worker may serve and no other role claims (docs/workers.md "synapse.app.generic_worker").
        new("generic_worker", "Serves requests of clients and other homeservers that no other role claims.")
        {
            Resources = ["client", "federation"],
            RouteGroups = ["*"],
        },
        // /sync and sliding sync (docs/workers.md "Sync requests").
        new("synchrotron", "Serves /sync and sliding sync, so that long polls have processes of their own.")
        {
            Resources = ["client"],
            RouteGroups = ["sync", "sliding_sync"],
        },
        // Syncs without a starting point, which cost much more than others (docs/workers.md "Sync requests").
        new("initial_synchrotron", "Serves syncs that start from nothing, so that they do not hold up the others.")
        {
            Resources = ["client"],
            RouteGroups = ["initial_sync"],
        },
        // Reads of clients (docs/workers.md "Client API requests").
        new("client_reader", "Serves what clients read: rooms, members, state, profiles, devices, keys.")
        {
            Resources = ["client"],
            RouteGroups = ["client_reads", "encryption"],
        },
        // Sends, joins and other requests that make events (docs/workers.md "Event sending requests").
        new("event_creator", "Makes the events that clients send, and hands them to their persisters.")
        {
            Resources = ["client"],
            RouteGroups = ["event_sending"],
        },
        // /messages of a room, which gains from one process having its cache (docs/workers.md: "Additionally, the following endpoints ...
        // pagination").
        new("room_worker", "Serves the history of rooms (/messages), each room from one process.")
        {
            Resources = ["client"],
            RouteGroups = ["pagination"],
        },
        // Registration and login, which hash passwords (docs/workers.md "Registration/login requests").
        new("login", "Serves registration and login.")
        {
            Resources = ["client"],
            RouteGroups = ["login"],
        },
        // Requests of other homeservers except transactions (docs/workers.md "Federation requests").
        new("federation_reader", "Serves what other homeservers ask for: events, state, joins, keys.")
        {
            Resources = ["federation"],
            RouteGroups = ["federation_reads"],
        },
        // Transactions of other homeservers (docs/workers.md "Inbound federation transaction request").
        new("federation_inbound", "Takes in transactions of other homeservers, each origin by one process.")
        {
            Resources = ["federation"],
            RouteGroups = ["federation_inbound"],
        },
        // The user directory (docs/workers.md "Updating the User Directory").
        new("user_dir", "Keeps the user directory up to date and serves searches in it.")
        {
            Resources = ["client"],
            RouteGroups = ["user_directory"],
            NeedsListingIn = "update_user_directory_from_worker",
        },
        // The media repository (docs/workers.md "synapse.app.media_repository").
        // Writes quarantined_media_changes where it is listed for it.
        new("media_repository", "Takes in, stores and serves media; main then has no media repository.")
        {
            Resources = ["media"],
            Replication = true,
            RouteGroups = ["media"],
        },
        // A writer of the events stream, sharded by room (docs/workers.md "The events stream").
        new("event_persister", "Writes events to the database for its share of the rooms; clients do not reach it.")
        {
            Replication = true,
            NeedsListingIn = "stream_writers.events",
        },
        // A writer of streams other than events, whose endpoints it serves itself (docs/workers.md "Stream writers").
        new("stream_writer", "Writes the streams that stream_writers names it for, and serves their endpoints.")
        {
            Resources = ["client"],
            Replication = true,
            NeedsListingIn = "stream_writers",
        },
        // Sends to other homeservers, sharded by destination (docs/workers.md "synapse.app.federation_sender").
        new("federation_sender", "Sends to other homeservers, its share of the destinations.")
        {
            NeedsListingIn = "federation_sender_instances",
        },
        // Push notifications, sharded by user (docs/workers.md "synapse.app.pusher").
        new("pusher", "Sends push notifications for its share of the users.")
        {
            NeedsListingIn = "pusher_instances",
        },
        // Database clean-up and other background work (docs/workers.md "Background tasks").
        new("background_worker", "Runs the background tasks that main would run otherwise.")
        {
            NeedsListingIn = "run_background_tasks_on",
        },
        // Traffic to application services (docs/workers.md "Notifying Application Services").
        new("appservice", "Sends events to application services.")
        {
            NeedsListingIn = "notify_appservices_from_worker",
        },
    ];

    /// <summary>The role of that name, or null.</summary>
    public static WorkerRole? Find(string name) => All.FirstOrDefault(role => role.Name == name);
}
