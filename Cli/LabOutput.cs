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
    public static void WriteHints(TextWriter output, Deployment deployment)
    {
        var homeserver = deployment.Homeservers[0];
        if (homeserver.Topology.DelegatesLogin)
        {
            var service = $"the Matrix Authentication Service that {homeserver.ServerName} delegates login to";
            output.WriteLine($"register    at {service}; the lab runs none");
        }
        else
        {
            var client = deployment.Endpoints.First(endpoint => endpoint.Name == "client").Uri.GetLeftPart(UriPartial.Authority);
            const string bob = """{"username":"bob","password":"secret","auth":{"type":"m.login.dummy"}}""";
            output.WriteLine($"register    {ToType.On(deployment.LabName, "user", "alice")}");
            output.WriteLine($"         or curl -X POST {client}/_matrix/client/v3/register -d '{bob}'");
        }

        output.WriteLine($"status      {ToType.On(deployment.LabName, "status")}");
        output.WriteLine($"take down   {ToType.Lab("down", deployment.LabName)}");
    }
}
