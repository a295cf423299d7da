using System.Text.RegularExpressions;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using Xunit;

namespace SynapseLab.Tests.RealLab.Ci;

/// <summary>
/// The workflows of docs/ci, every command of them, in a stranger's repository: the suite of docs/ci/suite, a lab's checkout beside it in
/// which nothing runs, and what a runner sets. Only what is the runner's own is done here in its place: fetching both repositories, and
/// keeping the cache and the artifacts.
/// </summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class CiWorkflowTests(CiWorkflowTests.Repository repository) : IClassFixture<CiWorkflowTests.Repository>
{
    private const string GitLabsCheckout = "git clone --depth 1 \"$SYNAPSE_LAB_REPOSITORY\" synapse-lab";

    [Fact]
    public async Task On_GitHub_a_test_that_fails_is_annotated_at_its_line_and_what_tells_why_is_kept()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        repository.Write(
            "tests/FailingTests.cs",
            "namespace Suite;\npublic sealed class FailingTests\n{\n    [Xunit.Fact]\n"
                + "    public void Fails() => Xunit.Assert.Equal(\"hello\", \"goodbye\");\n}\n");
        var job = CiJob.GitHub();

        var ran = await job.RunAsync(repository.Path, new Dictionary<string, string>
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_WORKSPACE"] = repository.Path,
            ["GITHUB_STEP_SUMMARY"] = repository.File("summary.md"),
            ["GITHUB_RUN_ID"] = repository.Id,
            [LabRoot.Variable] = repository.File("synapse-lab"),
        }, limit.Token);

        // All were run, and one alone failed.
        Assert.Equal(job.Steps.Select(step => step.Command), ran.Select(step => step.Command));
        var suite = Assert.Single(ran, step => step.ExitCode != 0);
        Assert.Contains(" dotnet test ", suite.Command, StringComparison.Ordinal);
        Assert.Contains("Failed:     1, Passed:     1,", suite.Output, StringComparison.Ordinal);
        var file = Regex.Escape(repository.File("tests/FailingTests.cs"));
        Assert.Matches($@"(?m)^::error title=Suite\.FailingTests\.Fails,file={file},line=5::Assert\.Equal\(\) Failure", suite.Output);
        Assert.Contains("FailingTests", await File.ReadAllTextAsync(repository.File("summary.md"), limit.Token), StringComparison.Ordinal);
        var kept = new CollectedFolder(repository.File(job.Artifacts));
        Assert.Contains("/createRoom", kept["logs/proxy-access.jsonl"], StringComparison.Ordinal);
        Assert.Contains("Instance name: events_persister", kept["logs/events_persister.log"], StringComparison.Ordinal);
        Assert.DoesNotContain("missing.txt", kept.Files);
        await repository.IsLeftCleanAsync(limit.Token);
    }

    [Fact]
    public async Task On_GitLab_a_Synapse_that_does_not_start_fails_the_job_before_the_suite_and_its_logs_are_kept()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        var topology = await File.ReadAllTextAsync(repository.File("tests/synapse.yaml"), limit.Token);
        repository.Write(
            "tests/synapse.yaml",
            topology.Replace("main: {}", "main: {}\n    options: {max_upload_size: many}", StringComparison.Ordinal));
        var all = CiJob.GitLab();
        Assert.Equal(GitLabsCheckout, all.Steps[0].Command);
        var job = all with { Steps = [.. all.Steps.Skip(1)] };

        var ran = await job.RunAsync(
            repository.Path,
            new Dictionary<string, string> { ["CI_JOB_ID"] = repository.Id, [LabRoot.Variable] = repository.File("synapse-lab") },
            limit.Token);
        repository.Write("tests/synapse.yaml", topology);

        Assert.Equal(
            job.Steps.Where(step => !step.Command.Contains("dotnet test", StringComparison.Ordinal)).Select(step => step.Command),
            ran.Select(step => step.Command));
        var ended = Regex.Match(
            ran.Single(step => step.Command.Contains(" up ", StringComparison.Ordinal)).Output,
            @"process (\w+) ended with exit code 1; its last lines:");
        Assert.True(ended.Success);
        var kept = new CollectedFolder(repository.File(job.Artifacts));
        Assert.Contains(
            "ValueError: invalid literal for int() with base 10: 'many'",
            kept[$"logs/{ended.Groups[1].Value}.log"],
            StringComparison.Ordinal);
        await repository.IsLeftCleanAsync(limit.Token);
    }

    /// <summary>A repository with the suite, and the lab's checkout in it.</summary>
    public sealed class Repository : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Repository()
        {
            var suite = System.IO.Path.Combine(LabRoot.Find().Path, "docs/ci/suite");
            Directory.CreateDirectory(File("tests"));
            foreach (var file in Directory.EnumerateFiles(suite))
            {
                System.IO.File.Copy(file, File($"tests/{System.IO.Path.GetFileName(file)}"));
            }

            FreshCheckout.Make(File("synapse-lab"));
        }

        /// <summary>The folder in which a runner starts commands.</summary>
        public string Path => _folder.Path;

        /// <summary>A run's number.</summary>
        public string Id { get; } = LabRoot.Find().Mark;

        /// <summary>A file of it.</summary>
        public string File(string name) => _folder.File(name);

        /// <summary>Writes a file of it.</summary>
        public void Write(string name, string text) => System.IO.File.WriteAllText(File(name), text);

        /// <summary>Nothing of a job's lab is left, and the next job begins without artifacts; the cache stays.</summary>
        public async Task IsLeftCleanAsync(CancellationToken cancellationToken)
        {
            using var engine = DockerEngine.OfThisMachine();
            Assert.Empty(await engine.ListAsync($"{LabLabels.Name}=suite-{Id}", cancellationToken));
            Assert.True(System.IO.File.Exists(File(".cache/images.tar")));
            Directory.Delete(File("artifacts"), recursive: true);
        }

        public void Dispose()
        {
            // Of a job that was broken off.
            using var engine = DockerEngine.OfThisMachine();
            var name = $"suite-{Id}";
            new LabCleaner(engine, new ProcessTable(), TimeProvider.System)
                .RemoveAsync(name, new LabRoot(File("synapse-lab")).Lab(name), CancellationToken.None)
                .GetAwaiter()
                .GetResult();
            _folder.Dispose();
        }
    }
}
