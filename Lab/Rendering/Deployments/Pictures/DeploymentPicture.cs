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
    /// <param name="utilisation">Share of one core by process id (<c>generic_worker1</c>) or container name (<c>postgres</c>), 1.0 is a whole core; null: no colouring.</param>
    /// <returns>An <c>svg</c> element with a viewBox and no script, style sheet or outside reference; LF line ends.</returns>
    public static string Render(Deployment deployment, IReadOnlyDictionary<string, double>? utilisation = null)
    {
        var rows = PictureLayout.Rows(deployment);
        var width = Math.Max(PictureLayout.MinimumWidth, rows.Max(row => row.Width) + (2 * PictureLayout.Margin));
        var svg = new SvgText();
        var proxy = new Box((width - 300) / 2, 96, 300, 54);
        var firstRow = proxy.Bottom + 34;
        var tops = new List<double>();
        var y = firstRow;
        foreach (var row in rows)
        {
            tops.Add(y);
            y += row.Height + 18;
        }

        var storeTop = y + 14;
        var hasRedis = deployment.Containers.Any(container => container.Kind == ContainerKind.Redis);
        var postgres = new Box((width / 2) + (hasRedis ? 40 : -90), storeTop, 180, 46);
        var redis = new Box((width / 2) - 220, storeTop, 180, 46);
        var height = storeTop + 46 + 46;

        svg.Open(width, height, $"Deployment {deployment.LabName}: {deployment.Processes.Count()} Synapse processes behind {deployment.Topology.Proxy.Kind}");
        var remotes = DrawOutside(svg, deployment, width, proxy);
        DrawStore(svg, postgres, "Postgres", $"{deployment.Homeservers.Count} database{(deployment.Homeservers.Count == 1 ? "" : "s")}", utilisation, "postgres");
        if (hasRedis)
        {
            DrawStore(svg, redis, "Redis", "replication between processes", utilisation, "redis");
        }

        // One trunk per kind of traffic, at the edges, so that lines never cross a box.
        var blueX = PictureLayout.Margin - 22;
        var purpleX = width - PictureLayout.Margin + 14;
        var orangeX = width - PictureLayout.Margin + 26;
        var cyanX = width - PictureLayout.Margin + 38;
        svg.Line(PictureColours.Proxied, (proxy.X, proxy.MiddleY), (blueX, proxy.MiddleY), (blueX, tops[^1] + rows[^1].BlueBus));
        svg.Line(PictureColours.Sql, (orangeX, tops[0] + rows[0].SqlBus), (orangeX, postgres.MiddleY), (postgres.Right, postgres.MiddleY));
        if (hasRedis)
        {
            svg.Line(PictureColours.Redis, (cyanX, tops[0] + rows[0].RedisBus), (cyanX, postgres.Bottom + 10), (redis.MiddleX, postgres.Bottom + 10), (redis.MiddleX, redis.Bottom));
        }

        var lastSending = rows.Zip(tops).Last(pair => pair.First.Groups.Any(group => group.Processes.Any(process => process.SendsFederation)));
        svg.Arrow(PictureColours.Federation, (purpleX, lastSending.Second + lastSending.First.FederationBus), (purpleX, remotes.MiddleY), (remotes.Right, remotes.MiddleY));
        foreach (var (row, top) in rows.Zip(tops))
        {
            DrawRow(svg, row, top, width, new Trunks(blueX, purpleX, orangeX, cyanX), hasRedis, utilisation);
        }

        svg.Rectangle(proxy, PictureColours.Fill(utilisation, "proxy"), PictureColours.Proxied);
        svg.Text(proxy.MiddleX, proxy.Y + 22, $"{deployment.Topology.Proxy.Kind}{PictureColours.Share(utilisation, "proxy")}", 14, bold: true);
        svg.Text(proxy.MiddleX, proxy.Y + 41, "every path to the process that may serve it", 11);
        DrawLegend(svg, height - 12, width, hasRedis);
        svg.Close();
        return svg.ToString();
    }

    private static Box DrawOutside(SvgText svg, Deployment deployment, double width, Box proxy)
    {
        var clients = new Box((width / 2) - 220, 14, 180, 46);
        var remotes = new Box((width / 2) + 40, 14, 180, 46);
        svg.Rectangle(clients, "#fff", PictureColours.Client);
        svg.Text(clients.MiddleX, clients.Y + 20, "Clients", 13, bold: true);
        svg.Text(clients.MiddleX, clients.Y + 37, Ports(deployment, "client", "http"), 11);
        svg.Rectangle(remotes, "#fff", PictureColours.Federation);
        svg.Text(remotes.MiddleX, remotes.Y + 20, "Other homeservers", 13, bold: true);
        svg.Text(remotes.MiddleX, remotes.Y + 37, Ports(deployment, "federation", "https"), 11);
        svg.Arrow(PictureColours.Client, (clients.MiddleX, clients.Bottom), (clients.MiddleX, proxy.Y - 14), (proxy.MiddleX - 30, proxy.Y - 14), (proxy.MiddleX - 30, proxy.Y));
        svg.Arrow(PictureColours.Federation, (remotes.MiddleX, remotes.Bottom), (remotes.MiddleX, proxy.Y - 14), (proxy.MiddleX + 30, proxy.Y - 14), (proxy.MiddleX + 30, proxy.Y));
        return remotes;
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

    private static void DrawStore(SvgText svg, Box box, string name, string what, IReadOnlyDictionary<string, double>? utilisation, string key)
    {
        svg.Rectangle(box, PictureColours.Fill(utilisation, key), key == "redis" ? PictureColours.Redis : PictureColours.Sql);
        svg.Text(box.MiddleX, box.Y + 20, name + PictureColours.Share(utilisation, key), 13, bold: true);
        svg.Text(box.MiddleX, box.Y + 37, what, 11);
    }

    private static void DrawRow(
        SvgText svg,
        PictureRow row,
        double top,
        double width,
        Trunks trunks,
        bool hasRedis,
        IReadOnlyDictionary<string, double>? utilisation)
    {
        var left = (width - row.Width) / 2;
        foreach (var frame in row.Frames(left))
        {
            svg.Frame(frame.X, top, frame.Width, row.Height, frame.Label);
        }

        var boxes = row.Boxes(left, top).ToArray();
        var served = boxes.Where(box => box.Process.ServesRequests).ToArray();
        if (served.Length > 0)
        {
            svg.Line(PictureColours.Proxied, (trunks.Blue, top + row.BlueBus), (served[^1].Box.MiddleX, top + row.BlueBus));
            foreach (var (box, _) in served)
            {
                svg.Arrow(PictureColours.Proxied, (box.MiddleX, top + row.BlueBus), (box.MiddleX, box.Y));
            }
        }

        foreach (var (box, _) in boxes.Where(box => box.Process.SendsFederation))
        {
            svg.Line(PictureColours.Federation, (box.Right - 14, box.Y), (box.Right - 14, top + row.FederationBus), (trunks.Purple, top + row.FederationBus));
        }

        var writers = boxes.Where(box => box.Process.Process.ReplicationPort is not null).ToArray();
        if (writers.Length > 0 && boxes.Length > 1)
        {
            var leftEnd = Math.Min(boxes[0].Box.MiddleX + 16, writers[0].Box.MiddleX + 16);
            svg.Line(PictureColours.Replication, (leftEnd, top + row.ReplicationBus), (boxes[^1].Box.MiddleX + 16, top + row.ReplicationBus));
            foreach (var (box, _) in writers)
            {
                svg.Arrow(PictureColours.Replication, (box.MiddleX + 16, top + row.ReplicationBus), (box.MiddleX + 16, box.Bottom));
            }
        }

        svg.Line(PictureColours.Sql, (boxes[0].Box.MiddleX - 32, top + row.SqlBus), (trunks.Orange, top + row.SqlBus));
        // A homeserver of one process has nobody to talk to over Redis.
        var replicated = boxes.Where(box => hasRedis && box.Process.Homeserver.Processes.Count > 1).Select(box => box.Box).ToArray();
        if (replicated.Length > 0)
        {
            svg.Line(PictureColours.Redis, (replicated[0].MiddleX - 16, top + row.RedisBus), (trunks.Cyan, top + row.RedisBus));
        }

        foreach (var (box, process) in boxes)
        {
            svg.Line(PictureColours.Sql, (box.MiddleX - 32, box.Bottom), (box.MiddleX - 32, top + row.SqlBus));
            if (replicated.Contains(box))
            {
                svg.Line(PictureColours.Redis, (box.MiddleX - 16, box.Bottom), (box.MiddleX - 16, top + row.RedisBus));
            }

            var border = process.SendsFederation ? PictureColours.Federation : "#444";
            svg.Rectangle(box, PictureColours.Fill(utilisation, process.Process.Id), border);
            svg.Text(box.MiddleX, box.Y + 17, process.Process.Name, process.Process.Name.Length > 17 ? 10.5 : 12, bold: true);
            var line = box.Y + 33;
            foreach (var duty in process.Duties.Take(2))
            {
                svg.Text(box.MiddleX, line, duty, 10);
                line += 13;
            }

            svg.Text(box.MiddleX, box.Bottom - 7, process.Listening + PictureColours.Share(utilisation, process.Process.Id), 9.5, colour: "#555");
        }
    }

    /// <summary>Where the vertical lines at the edges stand, by colour.</summary>
    private readonly record struct Trunks(double Blue, double Purple, double Orange, double Cyan);

    private static void DrawLegend(SvgText svg, double y, double width, bool hasRedis)
    {
        (string Colour, string Text)[] all =
        [
            (PictureColours.Client, "clients"),
            (PictureColours.Federation, "federation"),
            (PictureColours.Proxied, "proxied requests"),
            (PictureColours.Replication, "replication"),
            (PictureColours.Redis, "Redis"),
            (PictureColours.Sql, "SQL"),
        ];
        var shown = all.Where(entry => hasRedis || (entry.Colour != PictureColours.Redis && entry.Colour != PictureColours.Replication)).ToArray();
        const double Step = 134;
        var x = (width - (shown.Length * Step) + 30) / 2;
        foreach (var (colour, text) in shown)
        {
            svg.Line(colour, (x, y - 4), (x + 18, y - 4));
            svg.Text(x + 23, y, text, 10.5, anchor: "start");
            x += Step;
        }
    }
}
