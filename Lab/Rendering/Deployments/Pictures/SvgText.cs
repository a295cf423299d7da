using System.Globalization;
using System.Security;
using System.Text;

namespace SynapseLab.Deployments.Pictures;

/// <summary>Writes the few SVG elements that the picture needs, one a line, with numbers rounded to a tenth.</summary>
internal sealed class SvgText
{
    private readonly StringBuilder _text = new();

    public void Open(double width, double height, string title)
    {
        const string Font = "system-ui, Helvetica, Arial, sans-serif";
        var viewBox = $"0 0 {N(width)} {N(height)}";
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{viewBox}\" font-family=\"{Font}\" role=\"img\">");
        Add($"<title>{Escape(title)}</title>");
        Add($"<rect width=\"{N(width)}\" height=\"{N(height)}\" fill=\"#fcfcfc\"/>");
    }

    public void Close() => Add("</svg>");

    public void Rectangle(Box box, string fill, string border)
    {
        var place = $"x=\"{N(box.X)}\" y=\"{N(box.Y)}\" width=\"{N(box.Width)}\" height=\"{N(box.Height)}\"";
        Add($"<rect {place} rx=\"5\" fill=\"{fill}\" stroke=\"{border}\" stroke-width=\"1.4\"/>");
    }

    public void Frame(double x, double y, double width, double height, string label)
    {
        Add($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"8\" fill=\"#f3f4f6\" stroke=\"#c4c8ce\"/>");
        Text(x + 10, y + 16, label, 11, bold: true, anchor: "start", colour: "#555");
    }

    public void Text(double x, double y, string text, double size, bool bold = false, string anchor = "middle", string colour = "#222")
    {
        var weight = bold ? " font-weight=\"600\"" : "";
        Add($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{weight}>{Escape(text)}</text>");
    }

    public void Line(string colour, params ReadOnlySpan<(double X, double Y)> points) =>
        Add($"<polyline points=\"{Points(points)}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>");

    /// <summary>A line that ends in an arrow head, pointing the way of its last stretch (up, down or left).</summary>
    public void Arrow(string colour, params ReadOnlySpan<(double X, double Y)> points)
    {
        Line(colour, points);
        var (x, y) = points[^1];
        if (y == points[^2].Y)
        {
            Add($"<polygon points=\"{N(x)},{N(y)} {N(x + 7)},{N(y - 3.5)} {N(x + 7)},{N(y + 3.5)}\" fill=\"{colour}\"/>");
            return;
        }

        var back = y > points[^2].Y ? y - 7 : y + 7;
        Add($"<polygon points=\"{N(x)},{N(y)} {N(x - 3.5)},{N(back)} {N(x + 3.5)},{N(back)}\" fill=\"{colour}\"/>");
    }

    public override string ToString() => _text.ToString();

    private static string Points(ReadOnlySpan<(double X, double Y)> points)
    {
        var text = new StringBuilder();
        foreach (var (x, y) in points)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(N(x)).Append(',').Append(N(y));
        }

        return text.ToString();
    }

    private static string N(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Escape(string text) => SecurityElement.Escape(text);

    private void Add(string line) => _text.Append(line).Append('\n');
}
