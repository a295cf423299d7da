using System.Globalization;
using System.Text;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>Where values lie in a plot, in pixels. (Public only because what a component is given has to be.)</summary>
public sealed class PlotFrame
{
    private readonly double _end;

    /// <summary>The frame of a plot.</summary>
    /// <param name="width">Of the whole plot.</param>
    /// <param name="height">Of the whole plot.</param>
    /// <param name="end">Value at the right end.</param>
    /// <param name="up">The upright axis.</param>
    internal PlotFrame(int width, int height, double end, Axis up) => (Width, Height, _end, Up) = (width, height, end, up);

    internal int Width { get; }

    internal int Height { get; }

    internal Axis Up { get; }

    internal double Left => 66;

    internal double Right => Width - 24;

    internal double Top => 12;

    internal double Bottom => Height - 40;

    internal double X(double value) => Left + (value / _end * (Right - Left));

    internal double Y(double value) => Bottom - (Math.Min(value, Up.End) / Up.End * (Bottom - Top));

    /// <summary>The path of a line; where a value is missing, it is interrupted.</summary>
    internal string Line(IEnumerable<(double X, double? Y)> points)
    {
        var path = new StringBuilder();
        var down = false;
        foreach (var (x, y) in points)
        {
            if (y is { } value)
            {
                path.Append(down ? $"L{Point(x, value)}" : $"M{Point(x, value)}h0");
            }

            down = y is not null;
        }

        return path.ToString();
    }

    /// <summary>The path of an area between two lines over the same places.</summary>
    internal string Area(IReadOnlyList<double> x, IReadOnlyList<double> low, IReadOnlyList<double> high)
    {
        var there = x.Zip(high, Point);
        var back = x.Zip(low, Point).Reverse();
        return $"M{string.Join('L', there.Concat(back))}Z";
    }

    private string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{X(x):0.#} {Y(y):0.#}");
}
