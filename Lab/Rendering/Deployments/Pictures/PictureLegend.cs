namespace SynapseLab.Deployments.Pictures;

/// <summary>What the colours of the lines mean.</summary>
internal static class PictureLegend
{
    private const double Step = 134;

    private static readonly (string Colour, string Text)[] All =
    [
        (PictureColours.Client, "clients"),
        (PictureColours.Federation, "federation"),
        (PictureColours.Proxied, "proxied requests"),
        (PictureColours.Replication, "replication"),
        (PictureColours.Redis, "Redis"),
        (PictureColours.Sql, "SQL"),
    ];

    public static void Draw(SvgText svg, PictureSheet sheet)
    {
        var shown = All
            .Where(entry => sheet.HasRedis || entry.Colour is not (PictureColours.Redis or PictureColours.Replication))
            .ToArray();
        var x = (sheet.Width - (shown.Length * Step) + 30) / 2;
        var y = sheet.Height - 12;
        foreach (var (colour, text) in shown)
        {
            svg.Line(colour, (x, y - 4), (x + 18, y - 4));
            svg.Text(x + 23, y, text, 10.5, anchor: "start");
            x += Step;
        }
    }
}
