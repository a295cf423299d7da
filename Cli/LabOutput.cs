using SynapseLab.Deployments;

namespace SynapseLab.Cli;

/// <summary>Pieces of output that several verbs share.</summary>
internal static class LabOutput
{
    public static void WriteEndpoints(TextWriter output, Deployment deployment)
    {
        foreach (var endpoint in deployment.Endpoints)
        {
            var of = endpoint.HomeserverKey is { } key ? deployment.Homeservers.Single(homeserver => homeserver.Key == key).ServerName : "";
            output.WriteLine($"{endpoint.Name,-11} {endpoint.Uri.OriginalString,-26} {of}".TrimEnd());
        }
    }
}
