using System.Text.Json.Serialization;

namespace SynapseLab.LoadTests.Populations;

/// <summary>Users, rooms and memberships on a running lab. Users of the first homeserver come first, as many as the profile says, then
/// those of the others.</summary>
/// <param name="Users">All users.</param>
/// <param name="Rooms">The rooms, in the plan's order.</param>
internal sealed record Population(IReadOnlyList<LoadUser> Users, IReadOnlyList<LoadRoom> Rooms);

/// <summary>A user who is logged in.</summary>
/// <param name="UserId">For example <c>@load-5f2a-3:hs1.test</c>.</param>
/// <param name="AccessToken">Secret.</param>
/// <param name="HomeserverKey">For example <c>hs1</c>.</param>
/// <param name="FilterId">The filter that the user's syncs name.</param>
internal sealed record LoadUser(string UserId, string AccessToken, string HomeserverKey, string FilterId);

/// <summary>A room.</summary>
/// <param name="RoomId">For example <c>!abc:hs1.test</c>.</param>
/// <param name="Members">Indexes of all members among the users, rising.</param>
/// <param name="FirstEvent">An event in it, for receipts before the first message of a run.</param>
internal sealed record LoadRoom(string RoomId, IReadOnlyList<int> Members, string FirstEvent);

/// <summary>Reads and writes populations without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = false)]
[JsonSerializable(typeof(Population))]
internal sealed partial class PopulationJson : JsonSerializerContext;
