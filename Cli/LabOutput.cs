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

    /// <summary>What to do with a lab that runs, as commands that work as they stand.</summary>
    public static void WriteHints(TextWriter output, Deployment deployment, bool multiple)
    {
        var of = multiple ? $" --name {deployment.LabName}" : "";
        var client = deployment.Endpoints.First(endpoint => endpoint.Name == "client").Uri.GetLeftPart(UriPartial.Authority);
        output.WriteLine($"register    ./lab user alice{of}");
        output.WriteLine($"         or curl -X POST {client}/_matrix/client/v3/register -d '{{\"username\":\"bob\",\"password\":\"secret\",\"auth\":{{\"type\":\"m.login.dummy\"}}}}'");
        output.WriteLine($"status      ./lab status{of}");
        output.WriteLine($"take down   ./lab down {deployment.LabName}");
    }
}
