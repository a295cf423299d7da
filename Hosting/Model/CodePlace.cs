namespace SynapseLab.Hosting.Model;

/// <summary>Where in a program something of a topology was said, so that a mistake is told with file and line as in
/// a topology's file.</summary>
/// <param name="File">From <c>CallerFilePath</c>.</param>
/// <param name="Line">From <c>CallerLineNumber</c>.</param>
internal sealed record CodePlace(string File, int Line)
{
    /// <summary><c>Program.cs:12</c>.</summary>
    public override string ToString() => $"{Path.GetFileName(File)}:{Line}";
}
