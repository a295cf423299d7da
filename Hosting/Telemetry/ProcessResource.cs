using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;
using SynapseLab.Plans;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>A Synapse process as OpenTelemetry's resource: the homeserver is the service, the process its instance.</summary>
internal static class ProcessResource
{
    /// <summary>An attribute with Synapse's <c>server_name</c>; as a label of a metric it says what the resource says.</summary>
    public const string ServerName = "server_name";

    /// <summary>The resource.</summary>
    /// <param name="homeserver">Its homeserver: <c>service.name</c> is its key.</param>
    /// <param name="process">The process: <c>service.instance.id</c> is its id.</param>
    public static Resource Of(Homeserver homeserver, SynapseProcess process) => new()
    {
        Attributes =
        {
            Text("service.name", homeserver.Key),
            Text("service.instance.id", process.Id),
            Text(ServerName, homeserver.ServerName),
        },
    };

    /// <summary>An attribute.</summary>
    public static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    /// <summary>A moment as OpenTelemetry has it.</summary>
    public static ulong Nanoseconds(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
