using System.Globalization;

namespace SynapseLab.Deployments.Pictures;

/// <summary>
/// Draws a deployment as a self-contained SVG: who listens, who talks to whom, and, where numbers are given, how busy each process is.
/// The colours of the lines are those of the architecture picture that Synapse administrators know: clients red, federation purple,
/// proxied requests blue, replication green, Redis cyan, Postgres orange.
/// </summary>
public static class DeploymentPicture
{
    /// <summary>Renders the picture. The same deployment gives the same text.</summary>
    /// <param name="deployment">What to draw.</param>
    /// <param name="utilisation">Share of one core by process id (<c>generic_worker1</c>) or container name (<c>postgres</c>),
    /// 1.0 is a whole core; null: no colouring.</param>
    /// <returns>An <c>svg</c> element with a viewBox and no script, style sheet or outside reference; LF line ends.</returns>
    public static string Render(Deployment deployment, IReadOnlyDictionary<string, double>? utilisation = null)
    {
        var sheet = new PictureSheet(deployment);
        var proxyKind = deployment.Topology.Proxy.Kind;
        var svg = new SvgText();
        var title = $"Deployment {deployment.LabName}: {deployment.Processes.Count()} Synapse processes behind {proxyKind}";
        svg.Open(sheet.Width, sheet.Height, title);
        DrawOutside(svg, deployment, sheet);
        var databases = deployment.Homeservers.Count == 1 ? "1 database" : $"{deployment.Homeservers.Count} databases";
        DrawStore(svg, sheet.Postgres, "Postgres", databases, utilisation, "postgres");
        if (sheet.HasRedis)
        {
            DrawStore(svg, sheet.Redis, "Redis", "replication between processes", utilisation, "redis");
        }

        DrawTrunks(svg, sheet);
        foreach (var (row, top) in sheet.Rows)
        {
            new PictureRowDrawing(svg, sheet, row, top).Draw(utilisation);
        }

        var proxy = sheet.Proxy;
        svg.Rectangle(proxy, PictureColours.Fill(utilisation, "proxy"), PictureColours.Proxied);
        svg.Text(proxy.MiddleX, proxy.Y + 22, $"{proxyKind}{PictureColours.Share(utilisation, "proxy")}", 14, bold: true);
        svg.Text(proxy.MiddleX, proxy.Y + 41, "every path to the process that may serve it", 11);
        PictureLegend.Draw(svg, sheet);
        svg.Close();
        return svg.ToString();
    }

    private static void DrawOutside(SvgText svg, Deployment deployment, PictureSheet sheet)
    {
        DrawGroup(sheet.Clients, PictureColours.Client, "Clients", Ports(deployment, "client", "http"));
        DrawGroup(sheet.Remotes, PictureColours.Federation, "Other homeservers", Ports(deployment, "federation", "https"));
        DrawWay(sheet.Clients, PictureColours.Client, sheet.Proxy.MiddleX - 30);
        DrawWay(sheet.Remotes, PictureColours.Federation, sheet.Proxy.MiddleX + 30);

        void DrawGroup(Box box, string colour, string name, string ports)
        {
            svg.Rectangle(box, "#fff", colour);
            svg.Text(box.MiddleX, box.Y + 20, name, 13, bold: true);
            svg.Text(box.MiddleX, box.Y + 37, ports, 11);
        }

        void DrawWay(Box from, string colour, double x) => svg.Arrow(
            colour, (from.MiddleX, from.Bottom), (from.MiddleX, sheet.Proxy.Y - 14), (x, sheet.Proxy.Y - 14), (x, sheet.Proxy.Y));
    }

    private static string Ports(Deployment deployment, string name, string scheme)
    {
        var ports = deployment.Endpoints.Where(endpoint => endpoint.Name == name).Select(endpoint => endpoint.Uri.Port).ToArray();
        return ports.Length switch
        {
            0 => scheme,
            1 => string.Create(CultureInfo.InvariantCulture, $"{scheme}, port {ports[0]}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{scheme}, ports {ports.Min()} to {ports.Max()}"),
        };
    }

    private static void DrawTrunks(SvgText svg, PictureSheet sheet)
    {
        var (proxy, postgres, redis, remotes) = (sheet.Proxy, sheet.Postgres, sheet.Redis, sheet.Remotes);
        var ((first, firstTop), (last, lastTop)) = (sheet.Rows[0], sheet.Rows[^1]);
        var (blue, purple, orange, cyan) = (sheet.ProxiedTrunk, sheet.FederationTrunk, sheet.SqlTrunk, sheet.RedisTrunk);
        svg.Line(PictureColours.Proxied, (proxy.X, proxy.MiddleY), (blue, proxy.MiddleY), (blue, lastTop + last.BlueBus));
        svg.Line(PictureColours.Sql, (orange, firstTop + first.SqlBus), (orange, postgres.MiddleY), (postgres.Right, postgres.MiddleY));
        if (sheet.HasRedis)
        {
            var below = postgres.Bottom + 10;
            var start = (cyan, firstTop + first.RedisBus);
            svg.Line(PictureColours.Redis, start, (cyan, below), (redis.MiddleX, below), (redis.MiddleX, redis.Bottom));
        }

        var (sends, top) = sheet.Rows.Last(pair => pair.Row.Groups.Any(group => group.Processes.Any(process => process.SendsFederation)));
        svg.Arrow(
            PictureColours.Federation, (purple, top + sends.FederationBus), (purple, remotes.MiddleY), (remotes.Right, remotes.MiddleY));
    }

    private static void DrawStore(
        SvgText svg, Box box, string name, string what, IReadOnlyDictionary<string, double>? utilisation, string key)
    {
        svg.Rectangle(box, PictureColours.Fill(utilisation, key), key == "redis" ? PictureColours.Redis : PictureColours.Sql);
        svg.Text(box.MiddleX, box.Y + 20, name + PictureColours.Share(utilisation, key), 13, bold: true);
        svg.Text(box.MiddleX, box.Y + 37, what, 11);
    }
}
