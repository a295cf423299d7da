using System.Globalization;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>Figures as the page writes them, the same in every language of the machine.</summary>
internal static class Figures
{
    /// <summary>In a format of .NET: <c>0.0</c>.</summary>
    public static string As(this double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A place or a length in a plot.</summary>
    public static string Pixels(this double value) => value.As("0.##");
}
