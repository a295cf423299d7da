using SynapseLab.Deployments;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A homeserver: nothing that runs by itself, but the parent of its main process and workers, and what clients, bots and bridges reference.</summary>
/// <param name="name">The homeserver's key: <c>hs1</c>.</param>
/// <param name="homeserver">The homeserver.</param>
/// <param name="client">Where the proxy takes its clients.</param>
/// <param name="registrationSecret">Its <c>registration_shared_secret</c>.</param>
public sealed class HomeserverResource(string name, Homeserver homeserver, EndpointReference client, ParameterResource registrationSecret)
    : Resource(name), IResourceWithConnectionString
{
    /// <summary>Synapse's <c>server_name</c>: <c>hs1.test</c>.</summary>
    public string ServerName => homeserver.ServerName;

    /// <summary>The URL for clients: <c>http://127.0.0.1:8008</c>, or the proxy's on the containers' network for a container.</summary>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{client.Property(EndpointProperty.Url)}");

    /// <summary>What <c>WithReference</c> gives beside the connection string: <c>HS1_URI</c>, <c>HS1_SERVERNAME</c> and <c>HS1_REGISTRATIONSHAREDSECRET</c>.</summary>
    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties()
    {
        yield return new("Uri", ConnectionStringExpression);
        yield return new("ServerName", ReferenceExpression.Create($"{ServerName}"));
        yield return new("RegistrationSharedSecret", ReferenceExpression.Create($"{registrationSecret}"));
    }
}
