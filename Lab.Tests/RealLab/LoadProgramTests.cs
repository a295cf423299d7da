using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.LoadTests;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>A small load, run once as a user types it, on the shared reference lab.</summary>
/// <param name="reference">The lab.</param>
public sealed class OneLoad(ReferenceLab reference) : IAsyncLifetime
{
    /// <summary>The profile. Its comment has to come through, too.</summary>
    public const string Profile = """
        # Four people, for a test.
        description: A small talk
        users: 4
        rooms: {count: 2, members: 3}
        duration: 10m
        rate: 20
        arrival: steady
        mix: {send: 2, typing: 1, receipt: 1}
        allowed_errors: 0%      # none
        """;

    private readonly TemporaryFolder _temporary = new();

    /// <summary>The profile's file.</summary>
    public string File => _temporary.File("small.yaml");

    /// <summary>What the program gave.</summary>
    public (int ExitCode, string Output, string Error) Run { get; private set; }

    /// <summary>The folder that it said its report is in.</summary>
    public string Folder { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await System.IO.File.WriteAllTextAsync(File, Profile);
        Run = await LabProgram.RunAsync("load", File, "--name", reference.Lab.Name, "--duration", "3s");
        Folder = FolderIn(Run.Output);
    }

    public Task DisposeAsync()
    {
        _temporary.Dispose();
        Forget(Folder);
        return Task.CompletedTask;
    }

    /// <summary>
    /// The folder that a run's last line names: <c>report: artifacts/load/20261121-070500-chat/index.html</c>; empty: none.
    /// </summary>
    public static string FolderIn(string output) =>
        Regex.Match(output, "^report: (.+)/index.html$", RegexOptions.Multiline) is { Success: true } match
            ? Path.GetFullPath(match.Groups[1].Value)
            : "";

    /// <summary>Takes a result away again.</summary>
    public static void Forget(string folder)
    {
        if (folder.Length > 0)
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary><c>./lab load</c> as a program on a running lab.</summary>
[Collection(ReferenceLab.Name)]
[Trait("Lab", "real")]
public sealed class LoadProgramTests(ReferenceLab reference, OneLoad load) : IClassFixture<OneLoad>
{
    [Fact]
    public void A_run_says_what_it_did_and_its_exit_code_whether_that_is_good()
    {
        // On a machine that is busy today even this little may be disturbed, and is then not good; lost or failed is nothing.
        var result = Result(load.Folder);
        Assert.True(result.Deliveries.Clean && result.Errors.Count == 0, load.Run.Output + load.Run.Error);
        Assert.Equal(result.Good ? ExitCodes.Fine : ExitCodes.Failed, load.Run.ExitCode);
        Assert.Matches("^(good, but too short to mean anything|saturated|disturbed|saturated and disturbed)$", result.Headline);
        Assert.True(result.LoadSeconds >= 3, $"{result.LoadSeconds} s");
        Assert.StartsWith(
            string.Create(
                CultureInfo.InvariantCulture,
                $"small on reference, {result.LoadSeconds:0.#} s, driver builtin, seed 1: {result.Headline}\n"),
            load.Run.Output,
            StringComparison.Ordinal);
        foreach (var operation in result.Operations)
        {
            Assert.Matches(
                string.Create(CultureInfo.InvariantCulture, $@"(?m)^{operation.Operation} +{operation.Done} +{operation.Failed} "),
                load.Run.Output);
        }

        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Deliveries.Delivered} of {result.Deliveries.Delivered} deliveries, 0 lost, 0 twice;"),
            load.Run.Output,
            StringComparison.Ordinal);
        Assert.Equal("set-up ...", load.Run.Error.Split('\n')[0]);
    }

    [Fact]
    public async Task Its_folder_holds_the_documented_files_and_nothing_else()
    {
        Assert.Equal(
            ["environment.json", "index.html", "profile.yaml", "result.json", "samples.csv", "topology.yaml"],
            Directory.GetFileSystemEntries(load.Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(OneLoad.Profile, await ReadAsync("profile.yaml"));
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(LabRoot.Find().Topologies, "reference.yaml")),
            await ReadAsync("topology.yaml"));
        Assert.Equal(
            Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            JsonDocument.Parse(await ReadAsync("environment.json")).RootElement.GetProperty("cores").GetString());

        var result = Result(load.Folder);
        Assert.Equal(
            (RunEnd.Complete, reference.Lab.Name, 60),
            (result.End, result.Lab, result.Operations.Sum(operation => operation.Planned)));
        Assert.Equal(result.ToJson(), await ReadAsync("result.json"));
        Assert.Equal(
            result.Operations.Sum(operation => operation.Done) + 1,
            (await File.ReadAllLinesAsync(Path.Combine(load.Folder, "samples.csv"))).Length);
    }

    [Fact]
    public async Task The_command_that_repeats_it_names_everything_that_was_decided()
    {
        var command = $"./lab load {load.File} --topology reference --rate 20 --duration 3s --seed 1 --driver builtin "
            + $"--name {reference.Lab.Name}";

        Assert.Equal(command, Result(load.Folder).Command);
        Assert.Contains($"<pre><code>{command}</code></pre>", await ReadAsync("index.html"), StringComparison.Ordinal);
    }

    [ChromiumFact]
    public async Task A_browser_shows_its_page_without_complaint()
    {
        using var chromium = new HeadlessChromium();
        var page = Path.Combine(load.Folder, "index.html");
        var (dom, log) = await chromium.DumpAsync(page);
        Assert.Contains("<title>Load small on reference</title>", dom);

        // Latency over time of whatever succeeded, its distribution, CPU, and the picture of the topology.
        var plotted = Result(load.Folder).Operations.Count(operation => operation.Operation != "sync" && operation.Done > operation.Failed);
        Assert.Equal(plotted + 3, dom.Split("<svg").Length - 1);
        var processes = reference.Lab.Deployment.Processes.Count();
        var title = $"<title>Deployment {reference.Lab.Name}: {processes} Synapse processes behind nginx</title>";
        var picture = dom[dom.IndexOf(title, StringComparison.Ordinal)..];
        Assert.All(reference.Lab.Deployment.Processes, process => Assert.Contains(process.Id, picture, StringComparison.Ordinal));
        Assert.DoesNotContain("CONSOLE", log);

        // A page of one colour packs into some kilobytes.
        Assert.InRange((await chromium.ScreenshotAsync(page)).Length, 40_000, 4_000_000);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_load_and_reports_what_ran()
    {
        var (exitCode, output, _) = await WhileItRunsAsync(async program =>
        {
            using var kill = Process.Start("kill", ["-INT", program.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        });
        var folder = OneLoad.FolderIn(output);
        try
        {
            // On a machine that is slow today the last deliveries may come later than anybody waits for them after Ctrl-C.
            var result = Result(folder);
            Assert.Equal(RunEnd.Interrupted, result.End);
            Assert.Equal(result.Good ? ExitCodes.Fine : ExitCodes.Failed, exitCode);
            Assert.Matches($@"\Asmall on reference, [0-9.]+ s, driver builtin, seed 1: {result.Headline}\n", output);
            Assert.InRange(result.LoadSeconds, 0, 60);
            Assert.Equal(6, Directory.GetFiles(folder).Length);
        }
        finally
        {
            OneLoad.Forget(folder);
        }
    }

    // Breaks the shared lab, and mends it before the next test.
    [Fact]
    public async Task A_worker_that_dies_ends_the_run_which_is_then_no_good_result()
    {
        var killed = false;
        try
        {
            var (exitCode, output, _) = await WhileItRunsAsync(async _ =>
            {
                await reference.Lab.KillAsync("generic_worker3", CancellationToken.None);
                killed = true;
            });
            var folder = OneLoad.FolderIn(output);
            var result = Result(folder);
            OneLoad.Forget(folder);

            Assert.Equal(ExitCodes.Failed, exitCode);
            Assert.Matches(@"\Asmall on reference, .*: broken, not a result\n  generic_worker3 ended with exit code 137\n", output);
            Assert.Equal((RunEnd.Broken, false), (result.End, result.Good));
            Assert.Contains("generic_worker3 ended with exit code 137", result.Problems);
            Assert.InRange(result.LoadSeconds, 0, 60);
        }
        finally
        {
            if (killed)
            {
                await reference.Lab.StartAsync("generic_worker3", CancellationToken.None);
                await reference.Lab.WaitReadyAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
            }
        }
    }

    // A mebibyte is held for the numbers from the beginning; one page is left for the samples of a run that has more.
    [SmallDiskFact]
    public async Task Samples_that_fill_the_disk_end_early_and_everything_else_is_written_whole()
    {
        using var copy = new TemporaryFolder();
        var (exitCode, output, _) = await SmallDisk.LoadAsync(
            "1028k",
            copy.Path,
            load.File,
            "--name",
            reference.Lab.Name,
            "--duration",
            "3s");

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Matches(
            @"\Asmall on reference, .*: (not good|saturated|disturbed|saturated and disturbed)\n"
                + @"(  .*\n)*  samples.csv ends early: .*No space left on device",
            output);
        var folder = Directory.GetDirectories(copy.Path).Single();
        Assert.Equal(
            ["environment.json", "index.html", "profile.yaml", "result.json", "samples.csv", "topology.yaml"],
            Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.EndsWith("</html>\n", await File.ReadAllTextAsync(Path.Combine(folder, "index.html")));
        Assert.Equal(RunEnd.Complete, Result(folder).End);
        var samples = await File.ReadAllTextAsync(Path.Combine(folder, "samples.csv"));
        Assert.InRange(samples.Length, 4000, 4096);
        Assert.All(samples.TrimEnd('\n').Split('\n'), line => Assert.Equal(6, line.Count(letter => letter == ',')));
        Assert.EndsWith("\n", samples);
    }

    [SmallDiskFact]
    public async Task A_disk_without_room_for_a_result_is_told_before_anything_is_sent()
    {
        using var copy = new TemporaryFolder();
        var (exitCode, output, error) = await SmallDisk.LoadAsync(
            "512k",
            copy.Path,
            load.File,
            "--name",
            reference.Lab.Name,
            "--duration",
            "3s");

        Assert.Equal((ExitCodes.Failed, ""), (exitCode, output));
        Assert.Matches(
            @"\Alab: .*: the folder for the result cannot be made: No space left on device.*\. "
                + @"Free space or rights there, then run again\n\z",
            error);
        Assert.Empty(Directory.GetFileSystemEntries(copy.Path));
    }

    private static LoadResult Result(string folder) => LoadResult.FromJson(File.ReadAllText(Path.Combine(folder, "result.json")));

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(load.Folder, name));

    /// <summary>Runs a load of ten minutes, does something when it says that the load has begun, and waits for its end.</summary>
    private async Task<(int ExitCode, string Output, string Error)> WhileItRunsAsync(Func<Process, Task> actAsync)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var program = LabProgram.Start(null, "load", load.File, "--name", reference.Lab.Name);
        try
        {
            var output = program.StandardOutput.ReadToEndAsync(limit.Token);
            var said = "";
            while (await program.StandardError.ReadLineAsync(limit.Token) is { } line && line != "load ...")
            {
                said += line + "\n";
            }

            Assert.False(program.HasExited, said);
            await actAsync(program);
            var rest = await program.StandardError.ReadToEndAsync(limit.Token);
            await program.WaitForExitAsync(limit.Token);
            return (program.ExitCode, await output, said + rest);
        }
        finally
        {
            if (!program.HasExited)
            {
                program.Kill();
            }
        }
    }
}
