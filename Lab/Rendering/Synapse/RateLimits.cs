using static SynapseLab.Synapse.ConfigValues;

namespace SynapseLab.Synapse;

/// <summary>
/// Every rate limit of Synapse, lifted so far that no test or load reaches it (synapse/config/ratelimiting.py). There is no switch for
/// all of them; one that is forgotten here bites at its default: 0.2 messages or 0.003 logins a second.
/// </summary>
internal static class RateLimits
{
    private static readonly IReadOnlyDictionary<string, object?> Lifted = Map(("per_second", 1000000), ("burst_count", 1000000));

    public static IReadOnlyList<(string Key, object? Value)> All { get; } =
    [
        ("rc_message", Lifted),
        ("rc_registration", Lifted),
        ("rc_registration_token_validity", Lifted),
        ("rc_login", Each("address", "account", "failed_attempts")),
        ("rc_admin_redaction", Lifted),
        ("rc_joins", Each("local", "remote")),
        ("rc_joins_per_room", Lifted),
        ("rc_3pid_validation", Lifted),
        ("rc_invites", Each("per_room", "per_user", "per_issuer")),
        ("rc_third_party_invite", Lifted),
        ("rc_key_requests", Lifted),
        ("rc_media_create", Lifted),
        ("rc_presence", Each("per_user")),
        ("rc_delayed_event_mgmt", Lifted),
        ("rc_room_creation", Lifted),
        ("rc_reports", Lifted),
        ("rc_user_directory", Lifted),
        // By origin: how many requests of one homeserver are worked on at once, and from how many a second on they are delayed or refused.
        ("rc_federation", Map(("window_size", 1000), ("sleep_limit", 1000000), ("sleep_delay", 0), ("reject_limit", 1000000), ("concurrent", 1000))),
        ("federation_rr_transactions_per_room_per_second", 1000000),
        ("remote_media_download_per_second", "10000M"),
        ("remote_media_download_burst_count", "10000M"),
    ];

    private static IReadOnlyDictionary<string, object?> Each(params string[] kinds) =>
        Map([.. kinds.Select(kind => (kind, (object?)Lifted))]);
}
