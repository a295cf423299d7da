using System.Globalization;
using System.Net;
using System.Text;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>A plot as an SVG element: frame, grid, marks, and whatever lines and areas are put into it.</summary>
internal sealed class Plot
{
    private const double Left = 66;
    private const double Top = 12;
    private const double Bottom = 40;
    private const double Right = 24;
    private readonly StringBuilder _svg = new();
    private readonly double _width;
    private readonly double _height;
    private readonly double _xEnd;
    private readonly double _yEnd;

    /// <summary>An empty plot.</summary>
    /// <param name="title">For those who cannot see it.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="x">Marks along the bottom: place and text.</param>
    /// <param name="xEnd">Value at the right end.</param>
    /// <param name="xTitle">What goes along the bottom, with its unit.</param>
    /// <param name="y">The upright axis.</param>
    /// <param name="yTitle">What goes up, with its unit.</param>
    public Plot(string title, double width, double height, IEnumerable<(double At, string Text)> x, double xEnd, string xTitle, Axis y, string yTitle)
    {
        (_width, _height, _xEnd, _yEnd) = (width, height, xEnd, y.End);
        Add($"""<svg viewBox="0 0 {width} {height}" role="img" aria-label="{WebUtility.HtmlEncode(title)}" class="plot">""");
        foreach (var tick in y.Ticks)
        {
            Add($"""<line x1="{Left}" x2="{width - Right}" y1="{Y(tick):0.##}" y2="{Y(tick):0.##}" class="grid"/>""");
            Add($"""<text x="{Left - 6}" y="{Y(tick) + 4:0.##}" class="mark" text-anchor="end">{Axis.Label(tick)}</text>""");
        }

        foreach (var (at, text) in x)
        {
            Add($"""<line x1="{X(at):0.##}" x2="{X(at):0.##}" y1="{height - Bottom}" y2="{height - Bottom + 4}" class="tick"/>""");
            Add($"""<text x="{X(at):0.##}" y="{height - Bottom + 17}" class="mark" text-anchor="middle">{WebUtility.HtmlEncode(text)}</text>""");
        }

        Add($"""<text x="{(Left + width - Right) / 2:0.##}" y="{height - 5}" class="axis" text-anchor="middle">{WebUtility.HtmlEncode(xTitle)}</text>""");
        Add($"""<text transform="translate(12 {(Top + height - Bottom) / 2:0.##}) rotate(-90)" class="axis" text-anchor="middle">{WebUtility.HtmlEncode(yTitle)}</text>""");
    }

    /// <summary>Adds a line; where a value is missing, it is interrupted.</summary>
    public void Line(IEnumerable<(double X, double? Y)> points, string colour, double strokeWidth = 1.8, string? dash = null)
    {
        var path = new StringBuilder();
        var down = false;
        foreach (var (x, y) in points)
        {
            if (y is not { } value)
            {
                down = false;
                continue;
            }

            path.Append(CultureInfo.InvariantCulture, $"{(down ? "L" : "M")}{X(x):0.#} {Y(value):0.#}{(down ? "" : "h0")}");
            down = true;
        }

        // Round ends: a single point between gaps shows as a dot.
        Add($"""<path d="{path}" fill="none" stroke="{colour}" stroke-width="{strokeWidth}" stroke-linejoin="round" stroke-linecap="round"{(dash is null ? "" : $" stroke-dasharray=\"{dash}\"")}/>""");
    }

    /// <summary>Adds an area between two lines over the same places.</summary>
    public void Area(IReadOnlyList<double> x, IReadOnlyList<double> low, IReadOnlyList<double> high, string colour, string title)
    {
        var path = new StringBuilder();
        for (var i = 0; i < x.Count; i++)
        {
            path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{X(x[i]):0.#} {Y(high[i]):0.#}");
        }

        for (var i = x.Count - 1; i >= 0; i--)
        {
            path.Append(CultureInfo.InvariantCulture, $"L{X(x[i]):0.#} {Y(low[i]):0.#}");
        }

        Add($"""<path d="{path}Z" fill="{colour}"><title>{WebUtility.HtmlEncode(title)}</title></path>""");
    }

    /// <summary>Adds a level line with a word on it.</summary>
    public void Level(double y, string text)
    {
        Add($"""<line x1="{Left}" x2="{_width - Right}" y1="{Y(y):0.#}" y2="{Y(y):0.#}" class="level"/>""");
        Add($"""<text x="{_width - Right - 4}" y="{Y(y) - 4:0.#}" class="mark" text-anchor="end">{WebUtility.HtmlEncode(text)}</text>""");
    }

    /// <summary>The element.</summary>
    public override string ToString() => $"{_svg}</svg>\n";

    private double X(double value) => Left + (value / _xEnd * (_width - Left - Right));

    private double Y(double value) => _height - Bottom - (Math.Min(value, _yEnd) / _yEnd * (_height - Top - Bottom));

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
