using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Cli;

/// <summary>What verbs print with <c>--json</c>; docs/json.md has the fields.</summary>
internal static class LabJson
{
    /// <summary>As people read it.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>One object, indented, with a line end.</summary>
    public static void WriteJson(this TextWriter output, JsonObject json) => output.WriteLine(json.ToJsonString(Indented));

    /// <summary>A lab as the start left it.</summary>
    /// <param name="state">Its state.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="started">Whether this command started it; false: it ran already.</param>
    /// <param name="seconds">How long the command took.</param>
    public static JsonObject Started(LabState state, LabFolder folder, bool started, double seconds) => new()
    {
        ["name"] = state.Deployment.LabName,
        ["topology"] = state.Deployment.Topology.Name,
        ["runtime"] = state.Runtime,
        ["started"] = started,
        ["seconds"] = Math.Round(seconds, 3),
        ["folder"] = folder.Path,
        ["endpoints"] = LabStatus.EndpointsOf(state),
        ["homeservers"] = new JsonArray([.. state.Deployment.Homeservers.Select(homeserver => (JsonNode)new JsonObject
        {
            ["key"] = homeserver.Key,
            ["server_name"] = homeserver.ServerName,
            ["client_uri"] = state.Deployment.Endpoints
                .Single(endpoint => endpoint.Name == "client" && endpoint.HomeserverKey == homeserver.Key).Uri.OriginalString,
            ["registration_shared_secret_file"] = folder.File(state.Deployment.RegistrationSecretOf(homeserver).Path),
            ["processes"] = new JsonArray([.. homeserver.Processes.Select(process => (JsonNode)new JsonObject
            {
                ["name"] = process.Id,
                ["role"] = process.Worker?.Role.Name ?? "main",
                ["container"] = process.Container,
            })]),
        })]),
    };
}
