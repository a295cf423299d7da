namespace SynapseLab.Cli;

/// <summary>Lines of <c>./lab doctor</c>, and whether any of them says that something is missing.</summary>
/// <param name="output">Takes the lines.</param>
internal sealed class DoctorReport(TextWriter output)
{
    private bool _any;

    public bool IsWell { get; private set; } = true;

    public void Section(string name)
    {
        if (_any)
        {
            output.WriteLine();
        }

        _any = true;
        output.WriteLine(name);
    }

    public void Line(string name, string text) => output.WriteLine($"  {name,-14} {text}");

    public void Missing(string name, string text)
    {
        IsWell = false;
        Line(name, $"MISSING: {text}");
    }

    public void Check(string name, string text, bool holds, string otherwise)
    {
        if (holds)
        {
            Line(name, text);
        }
        else
        {
            Missing(name, text.Trim().Length == 0 ? otherwise : $"{text.Trim()}; {otherwise}");
        }
    }
}
