using System.Text.Json;

namespace SynapseLab.Catalogue.Introspection;

/// <summary>One route that a Synapse process registers.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Pattern">The servlet's regular expression, in Python's spelling: <c>^/_matrix/client/(r0|v3|unstable)/sync$</c>.</param>
/// <param name="Servlet">Its class: <c>SyncRestServlet</c>; also the label of its metrics.</param>
public sealed record RegisteredRoute(string Method, string Pattern, string Servlet);

/// <summary>What registered_routes.py saw in one process.</summary>
/// <param name="SynapseVersion">For example <c>1.160.0</c>.</param>
/// <param name="Process"><c>main</c> or <c>generic_worker</c>.</param>
/// <param name="MissingPackages">Optional Python packages that this Synapse does not have.</param>
/// <param name="Routes">The routes.</param>
public sealed record RegisteredRoutes(
    string SynapseVersion, string Process, IReadOnlyList<string> MissingPackages, IReadOnlyList<RegisteredRoute> Routes)
{
    private const string ResourceName = "introspection/registered_routes.py";

    /// <summary>The script, to be fed to <c>python3 - main</c> in a Synapse container.</summary>
    public static string Script()
    {
        using var reader = new StreamReader(typeof(RegisteredRoutes).Assembly.GetManifestResourceStream(ResourceName)!);
        return reader.ReadToEnd();
    }

    /// <summary>Reads the script's output for one process.</summary>
    /// <param name="json"><c>{"synapse": "1.160.0", "process": "main", "missing": [], "routes": [{"method": "GET", "pattern": "^/...$", "servlet": "...", "resource": "..."}]}</c>.</param>
    /// <exception cref="LabException">Exit code 1: it is something else, as when Synapse refused its configuration.</exception>
    public static RegisteredRoutes Parse(string json) => Read(json, Of);

    /// <summary>Reads the script's output for several processes, which were separated by <c>--and</c>.</summary>
    /// <param name="json">A list of what <see cref="Parse"/> takes, in the order that was asked for.</param>
    /// <exception cref="LabException">Exit code 1: it is something else, as when Synapse refused its configuration.</exception>
    public static IReadOnlyList<RegisteredRoutes> ParseList(string json) =>
        Read<IReadOnlyList<RegisteredRoutes>>(json, root => [.. root.EnumerateArray().Select(Of)]);

    private static T Read<T>(string json, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw LabException.Failed($"the routes of Synapse cannot be read: {e.Message}", inner: e);
        }
    }

    private static RegisteredRoutes Of(JsonElement root) => new(
        root.GetProperty("synapse").GetString()!,
        root.GetProperty("process").GetString()!,
        [.. root.GetProperty("missing").EnumerateArray().Select(item => item.GetString()!)],
        [.. root.GetProperty("routes").EnumerateArray().Select(route => new RegisteredRoute(
            route.GetProperty("method").GetString()!,
            route.GetProperty("pattern").GetString()!,
            route.GetProperty("servlet").GetString()!))]);
}
