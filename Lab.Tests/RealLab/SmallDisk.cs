using System.Collections.Concurrent;
using System.Diagnostics;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Runs the lab in a checkout whose folder of labs lies on a disk of some kilobytes: a tmpfs that only the program and its children see
/// (mount_namespaces(7)).
/// </summary>
internal static class SmallDisk
{
    // $1 size, $2 the machine's images.json; the rest is the program. What is left of labs follows its output, a line each.
    private const string Script =
        "mount -t tmpfs -o size=\"$1\" tmpfs \"$LAB_ROOT/.lab\" && cp \"$2\" \"$LAB_ROOT/.lab/\" || exit 99\n" +
        "shift 2\n\"$@\"\ncode=$?\necho left:\nfind \"$LAB_ROOT/.lab/labs\" -mindepth 1\nexit $code";

    /// <summary>Runs <c>./lab</c> with the given words.</summary>
    /// <param name="size">As mount(8) takes it: <c>64k</c>.</param>
    /// <param name="words">The verb and its arguments.</param>
    /// <returns>What the program gave, and the files that are left in its folder of labs.</returns>
    public static async Task<(int ExitCode, string Output, string Error, IReadOnlyList<string> Files)> RunAsync(
        string size,
        params string[] words)
    {
        using var checkout = new TemporaryFolder();
        Directory.CreateDirectory(checkout.File(".lab"));
        foreach (var folder in new[] { "topologies", "eng", "images" })
        {
            Directory.CreateSymbolicLink(checkout.File(folder), Path.Combine(LabRoot.Find().Path, folder));
        }

        var result = await RunAsync(
            [
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                Script,
                "sh",
                size,
                LabRoot.Find().ImagesFile,
                "dotnet",
                LabProgram.Path,
                .. words,
            ],
            checkout.Path);
        var parts = result.Output.Split("left:\n");
        return (result.ExitCode, parts[0], result.Error + "\n", parts[^1].Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    // $1 size, $2 where to copy what was written; the rest is the program.
    private const string LoadScript =
        "mkdir -p \"$LAB_ROOT/artifacts/load\" && mount -t tmpfs -o size=\"$1\" tmpfs \"$LAB_ROOT/artifacts/load\" || exit 99\n" +
        "copy=$2\nshift 2\n\"$@\"\ncode=$?\ncp -r \"$LAB_ROOT/artifacts/load/.\" \"$copy\"\nexit $code";

    /// <summary>Runs <c>./lab load</c> in this checkout with the disk for its results that small.</summary>
    /// <param name="size">As mount(8) takes it: <c>1028k</c>.</param>
    /// <param name="copy">Folder to which the results are copied.</param>
    /// <param name="words">The verb's arguments.</param>
    public static async Task<(int ExitCode, string Output, string Error)> LoadAsync(string size, string copy, params string[] words)
    {
        var result = await RunAsync(
            ["--mount", "--propagation", "private", "sh", "-c", LoadScript, "sh", size, copy, "dotnet", LabProgram.Path, "load", .. words],
            LabRoot.Find().Path);
        return (result.ExitCode, result.Output, result.Error + "\n");
    }

    // Under unshare(1), ended when it hangs as LabProgram ends what it runs.
    private static async Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, string root)
    {
        using var limit = new CancellationTokenSource(LabProgram.Deadline);
        var lines = new ConcurrentQueue<string>();
        try
        {
            return await ExternalCommand.RunAsync(
                "unshare",
                arguments,
                new Dictionary<string, string> { [LabRoot.Variable] = root },
                lines.Enqueue,
                limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"{string.Join(' ', arguments)} did not end within {LabProgram.Deadline}. It wrote:\n{string.Join('\n', lines)}");
        }
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? WhyNot { get; } = IsPossible() ? null : "mounting a small disk takes root: unshare --mount is not permitted";

    private static bool IsPossible()
    {
        try
        {
            using var unshare = Process.Start(
                new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "true"]) { RedirectStandardError = true })!;
            unshare.WaitForExit();
            return unshare.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test that needs a small disk; skipped where this user may not mount one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskTheoryAttribute : TheoryAttribute
{
    public SmallDiskTheoryAttribute() => Skip = SmallDisk.WhyNot;
}

/// <inheritdoc cref="SmallDiskTheoryAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.WhyNot;
}
