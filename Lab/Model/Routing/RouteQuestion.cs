using SynapseLab.Catalogue;

namespace SynapseLab.Routing;

/// <summary>Whether a request that somebody asks about is one: what is wrong with it is told before the map is asked.</summary>
public static class RouteQuestion
{
    /// <summary>The methods that there are.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

    /// <summary>Refuses what is no method.</summary>
    /// <exception cref="LabException">Exit code 2; the message says how it is written, or lists those there are.</exception>
    public static void CheckMethod(string method)
    {
        if (!Methods.Contains(method))
        {
            throw Methods.Contains(method.ToUpperInvariant())
                ? LabException.WrongUse($"unknown method '{method}'", fix: $"Methods are written in capitals: {method.ToUpperInvariant()}")
                : LabException.WrongUse($"unknown method '{method}'", fix: $"Use one of: {string.Join(", ", Methods)}");
        }
    }

    /// <summary>Refuses what is no path, or none that Synapse has for this method.</summary>
    /// <exception cref="LabException">Exit code 2; the message says what would become of the request.</exception>
    public static void Check(EndpointCatalogue catalogue, HttpRequestLine request)
    {
        if (!request.Path.StartsWith('/'))
        {
            throw LabException.WrongUse(
                $"'{request.Target}' is no path",
                fix: "A path starts with '/', without scheme and host: /_matrix/client/v3/sync");
        }

        if (catalogue.Find(request.Method, request.Path, request.Query) is null)
        {
            var methods = catalogue.Entries
                .Where(entry => entry.Path.Matches(request.Path))
                .SelectMany(entry => entry.Methods)
                .Distinct()
                .ToArray();
            throw methods.Length == 0 || methods is ["OPTIONS"]
                ? LabException.WrongUse(
                    $"no endpoint of Synapse has the path {request.Path}", fix: "The proxy would send it to main, which answers 404")
                : LabException.WrongUse(
                    $"{request.Path} does not take {request.Method}",
                    fix: $"It takes {string.Join(", ", methods)}. The proxy would send it to main, which answers 405");
        }
    }
}
