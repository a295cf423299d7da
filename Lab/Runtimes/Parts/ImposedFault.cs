using System.Globalization;

namespace SynapseLab.Runtimes.Parts;

/// <summary>What the lab has done to a part and not yet undone.</summary>
/// <param name="Part">Name of the part, see <see cref="LabPart.Name"/>.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Since">When it began.</param>
/// <param name="By">The command: <c>./lab partition redis</c>.</param>
public sealed record ImposedFault(string Part, FaultKind Kind, DateTimeOffset Since, string By)
{
    /// <summary>Since when and by whom: <c>since 12:03:41 UTC by ./lab partition redis</c>.</summary>
    public string Origin => $"{SinceText(Since)} by {By}";

    /// <summary>A moment as it is shown: <c>since 12:03:41 UTC</c>.</summary>
    public static string SinceText(DateTimeOffset since) =>
        string.Create(CultureInfo.InvariantCulture, $"since {since.UtcDateTime:HH:mm:ss} UTC");
}
