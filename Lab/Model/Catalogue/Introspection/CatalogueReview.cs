namespace SynapseLab.Catalogue.Introspection;

/// <summary>A difference between the catalogue and what Synapse registers.</summary>
/// <param name="Request">Method and path: <c>POST /_matrix/federation/v1/3pid/onbind</c>.</param>
/// <param name="What">What differs.</param>
/// <param name="Where">The catalogue's entry (<c>typing.yaml:5</c>) or the servlet (<c>On3pidBindServlet</c>).</param>
/// <param name="Reason">Why it is meant to be so; null: it is not, and the catalogue has to change.</param>
internal sealed record CatalogueDifference(string Request, string What, string Where, string? Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Request}: {What}{(Reason is null ? "" : $" ({Reason})")}";
}

/// <summary>Holds the catalogue against the routes that Synapse's processes register, in both directions and by method.</summary>
internal static class CatalogueReview
{
    /// <summary>Compares.</summary>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="main">What main registers, under every configuration that was looked at.</param>
    /// <param name="workers">What workers register, with whatever resources.</param>
    /// <returns>All differences; those without a reason first.</returns>
    public static IReadOnlyList<CatalogueDifference> Compare(
        EndpointCatalogue catalogue, IReadOnlyList<RegisteredRoutes> main, IReadOnlyList<RegisteredRoutes> workers)
    {
        var onMain = new Registry(main);
        var onWorkers = new Registry(workers);
        var missing = main.Concat(workers).SelectMany(routes => routes.MissingPackages).ToHashSet();
        return
        [
            .. FromSynapse(catalogue, onMain, onWorkers)
                .Concat(FromCatalogue(catalogue, onMain, onWorkers, missing))
                .Distinct()
                .OrderBy(difference => difference.Reason is null ? 0 : 1)
                .ThenBy(difference => difference.Where, StringComparer.Ordinal)
                .ThenBy(difference => difference.Request, StringComparer.Ordinal),
        ];
    }

    /// <summary>Compares what processes under one configuration register;
    /// unlike <see cref="Compare"/> it does not look for entries that they do not have.</summary>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="main">What main processes register.</param>
    /// <param name="workers">What workers register.</param>
    /// <returns>All differences; those without a reason first.</returns>
    public static IReadOnlyList<CatalogueDifference> OfRunning(
        EndpointCatalogue catalogue, IReadOnlyList<RegisteredRoutes> main, IReadOnlyList<RegisteredRoutes> workers) =>
        [.. FromSynapse(catalogue, new Registry(main), new Registry(workers)).Distinct().OrderBy(difference => difference.Reason is null ? 0 : 1)];

    private static IEnumerable<CatalogueDifference> FromSynapse(EndpointCatalogue catalogue, Registry onMain, Registry onWorkers)
    {
        foreach (var (route, pattern, isWorker) in onMain.Routes.Select(pair => (pair.Route, pair.Pattern, false)).Concat(onWorkers.Routes.Select(pair => (pair.Route, pair.Pattern, true))))
        {
            IReadOnlyList<string> paths;
            string? unreadable = null;
            try
            {
                paths = pattern.Samples();
            }
            catch (FormatException e)
            {
                paths = [];
                unreadable = e.Message;
            }

            if (unreadable is not null)
            {
                yield return new CatalogueDifference($"{route.Method} {route.Pattern}", unreadable, route.Servlet, null);
            }

            foreach (var path in paths)
            {
                var request = $"{route.Method} {path}";
                var entry = catalogue.Find(route.Method, path, "");
                if (entry is null)
                {
                    yield return new CatalogueDifference(
                        request, $"registered on {(isWorker ? "workers" : "main")}, but not in the catalogue", route.Servlet, null);
                }
                else if (isWorker && entry.ServedBy.Kind == ServerKind.Main)
                {
                    yield return new CatalogueDifference(
                        request, "registered on workers, but the catalogue leaves it to main", entry.Location, entry.Note);
                }
            }
        }
    }

    private static IEnumerable<CatalogueDifference> FromCatalogue(
        EndpointCatalogue catalogue, Registry onMain, Registry onWorkers, HashSet<string> missing)
    {
        foreach (var entry in catalogue.Entries)
        {
            // What is refused and what every process answers before it looks for a servlet cannot be seen here.
            if (entry.ServedBy.Kind == ServerKind.Nobody || entry.Methods is ["OPTIONS"])
            {
                continue;
            }

            var unseen = entry.Needs is { } package && missing.Contains(package)
                ? $"this Synapse has no Python package '{package}', so it cannot be configured"
                : null;
            foreach (var path in entry.Path.Samples(_ => "x1"))
            {
                foreach (var method in entry.Methods)
                {
                    var request = $"{method} {path}";
                    if (!onMain.Has(method, path) && !onWorkers.Has(method, path))
                    {
                        yield return new CatalogueDifference(
                            request, "in the catalogue, but no process registers it", entry.Location, unseen);
                    }
                    else if (entry.ServedBy.Kind != ServerKind.Main && !onWorkers.Has(method, path))
                    {
                        yield return new CatalogueDifference(
                            request, "the catalogue sends it to workers, but none registers it", entry.Location, unseen);
                    }
                }
            }
        }
    }

    private sealed class Registry(IReadOnlyList<RegisteredRoutes> processes)
    {
        public IReadOnlyList<(RegisteredRoute Route, ServletPattern Pattern)> Routes { get; } =
            [.. processes.SelectMany(process => process.Routes).Distinct().Select(route => (route, new ServletPattern(route.Pattern)))];

        public bool Has(string method, string path) => Routes.Any(route => route.Route.Method == method && route.Pattern.Matches(path));
    }
}
