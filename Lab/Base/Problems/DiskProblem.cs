using System.Text.RegularExpressions;

namespace SynapseLab;

/// <summary>What the system says about a file, as a problem that says what to do. Neither is a mistake in the lab.</summary>
public static partial class DiskProblem
{
    // errno of Linux, which .NET keeps in HResult: ENOSPC and EDQUOT.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>The problem behind an exception.</summary>
    /// <param name="exception">Any.</param>
    /// <returns>Null where it is neither about rights nor about space.</returns>
    public static Problem? Of(Exception exception)
    {
        var message = exception.Message.TrimEnd('.');
        return exception switch
        {
            UnauthorizedAccessException => new Problem(
                message, Fix: $"Give the folder to your user: sudo chown -R \"$(id -un)\" {FolderIn(message)}"),
            IOException full when IsFull(full) => new Problem(
                message, Fix: $"Free space in {FolderIn(message)} (df -h shows how much there is; ./lab down removes what labs need)"),
            _ => null,
        };
    }

    // A file whose size is known is given its room before it is written, and that error has no errno but only words:
    // Failed to create '/checkout/.lab/labs/x/proxy/nginx.conf' with allocation size '8274' because the disk was full.
    private static bool IsFull(IOException exception) =>
        exception.HResult is NoSpace or QuotaExceeded || exception.Message.Contains("because the disk was full", StringComparison.Ordinal);

    // Access to the path '/checkout/.lab/start.lock' is denied. / No space left on device : '/checkout/.lab/labs/x/lab.json'
    private static string FolderIn(string message) =>
        QuotedPath().Match(message) is { Success: true } path
            ? Path.GetDirectoryName(path.Groups[1].Value) ?? path.Groups[1].Value
            : "the checkout";

    [GeneratedRegex("'(/[^']*)'")]
    private static partial Regex QuotedPath();
}
