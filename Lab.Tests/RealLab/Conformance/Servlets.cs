using SynapseLab.Catalogue.Introspection;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>Which servlet of which process takes a request; a name is also the label of its metrics.</summary>
internal sealed class Servlets(IReadOnlyDictionary<string, RegisteredRoutes> routes)
{
    private const string NoServlet = "(no servlet)";

    // Main's root page is also what answers OPTIONS anywhere on main, and is counted by its name then (synapse/http/server.py
    // OptionsResource).
    private readonly HashSet<string> _names =
        [
            .. routes.Values.SelectMany(process => process.Routes).Select(route => route.Servlet).Where(servlet =>
                servlet != "RootOptionsRedirectResource"),
        ];

    private readonly Dictionary<string, (RegisteredRoute Route, ServletPattern Pattern)[]> _routes =
        routes.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Routes.Select(route => (route, new ServletPattern(route.Pattern))).ToArray());

    /// <summary>Whether any process has a servlet for it; main has none for media that workers serve.</summary>
    public bool Has(string method, string path) => _routes.Keys.Any(process => Find(process, method, path) is not null);

    /// <summary>
    /// A label of the metrics: where no servlet takes the request, Synapse counts the resource that looked for one
    /// (<c>ClientRestResource</c>, <c>OptionsResource</c>).
    /// </summary>
    public string Known(string label) => _names.Contains(label) ? label : NoServlet;

    public string NameOf(string process, string method, string path) => Known(Find(process, method, path)?.Servlet ?? NoServlet);

    // The first that matches, as JsonResource looks (synapse/http/server.py).
    private RegisteredRoute? Find(string process, string method, string path) =>
        _routes[process].FirstOrDefault(route => route.Route.Method == method && route.Pattern.Matches(path)).Route;
}
