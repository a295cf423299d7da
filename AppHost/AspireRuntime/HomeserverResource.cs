using SynapseLab.Deployments;

namespace SynapseLab.AppHost.AspireRuntime;

/// <summary>A homeserver in Aspire's model: nothing that runs, but the parent of its main process and workers on the dashboard.</summary>
/// <param name="name">The homeserver's key: <c>hs1</c>.</param>
internal sealed class HomeserverResource(string name) : Resource(name)
{
    /// <summary>What the dashboard shows from the start.</summary>
    public static CustomResourceSnapshot InitialState(Homeserver homeserver) => new()
    {
        ResourceType = "Homeserver",
        State = KnownResourceStates.Running,
        Properties =
        [
            new ResourcePropertySnapshot("server_name", homeserver.ServerName),
            new ResourcePropertySnapshot("processes", homeserver.Processes.Count),
        ],
    };
}
