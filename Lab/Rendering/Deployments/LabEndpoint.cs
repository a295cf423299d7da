namespace SynapseLab.Deployments;

/// <summary>A place where the running lab is reached from this machine.</summary>
/// <param name="Name"><c>client</c>, <c>federation</c>, <c>operator</c>, <c>sql</c>.</param>
/// <param name="HomeserverKey">The homeserver; null: the whole lab.</param>
/// <param name="Uri">For example <c>http://127.0.0.1:8008</c>, <c>https://127.0.0.1:8448</c>, <c>tcp://127.0.0.1:5432</c>.</param>
public sealed record LabEndpoint(string Name, string? HomeserverKey, Uri Uri);
