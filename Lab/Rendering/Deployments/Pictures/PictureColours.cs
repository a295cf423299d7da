using System.Globalization;

namespace SynapseLab.Deployments.Pictures;

/// <summary>Colours of lines and of busy processes.</summary>
internal static class PictureColours
{
    public const string Client = "#c62828";
    public const string Federation = "#7b1fa2";
    public const string Proxied = "#1565c0";
    public const string Replication = "#2e7d32";
    public const string Redis = "#00acc1";
    public const string Sql = "#ef6c00";

    /// <summary>White where nothing is known, otherwise from pale green (idle) over yellow to red (a whole core).</summary>
    public static string Fill(IReadOnlyDictionary<string, double>? utilisation, string key)
    {
        if (utilisation is null || !utilisation.TryGetValue(key, out var share))
        {
            return "#fff";
        }

        // Hue 120 is green, 0 is red; Synapse is one Python thread, so a whole core is the end of the scale.
        var hue = 120 * (1 - Math.Clamp(share, 0, 1));
        return string.Create(CultureInfo.InvariantCulture, $"hsl({hue:0},75%,82%)");
    }

    /// <summary><c>, 63 %</c> of one core; empty where nothing is known.</summary>
    public static string Share(IReadOnlyDictionary<string, double>? utilisation, string key) =>
        utilisation is not null && utilisation.TryGetValue(key, out var share)
            ? string.Create(CultureInfo.InvariantCulture, $", {share * 100:0} %")
            : "";
}
