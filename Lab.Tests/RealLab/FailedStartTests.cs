using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// A start that fails before its first container, and whether what it had written could be removed: what the command says of it, on the
/// real engine.
/// </summary>
[Trait("Lab", "real")]
public sealed class FailedStartTests
{
    private static readonly EngineException Refused =
        new(HttpStatusCode.InternalServerError, "no more containers", "POST /containers/create");

    public static TheoryData<string, int> Failures =>
        new() { { "engine", ExitCodes.Failed }, { "io", ExitCodes.Failed }, { "disk", ExitCodes.WrongUse } };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_was_removed_is_told_and_the_exit_code_is_that_of_the_failure(string failure, int exitCode)
    {
        var (code, error) = await UpAsync(new BrokenRuntime(Failure(failure), null));
        Assert.Equal(exitCode, code);
        Assert.EndsWith("did not start; everything of it was removed again", error[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(error, line => line.Contains("a mistake in the lab", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_could_not_be_removed_is_told_and_how_to_try_again_and_the_exit_code_stays(string failure, int exitCode)
    {
        var (code, error) = await UpAsync(new BrokenRuntime(Failure(failure), Refused));
        Assert.Equal(exitCode, code);
        Assert.Contains("lab: while taking it down: the container engine says: no more containers", error);
        Assert.Matches(
            "^lab: lab (failed-[0-9a-f]+) did not start, and not everything of it could be removed\\. Try again: \\./lab down \\1$",
            error[^1]);
        Assert.DoesNotContain(error, line => line.Contains("was removed again", StringComparison.Ordinal));
    }

    private static Exception Failure(string kind) => kind switch
    {
        "engine" => Refused,
        "io" => new IOException("the pipe broke"),
        // ENOSPC, as File.WriteAllText gives it.
        _ => new IOException("No space left on device : '/lab/x'", 28),
    };

    private static async Task<(int ExitCode, string[] Error)> UpAsync(BrokenRuntime runtime)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var lab = new LabCommandLine
        {
            CreateEngine = DockerEngine.OfThisMachine,
            Runtimes = [new RuntimeChoice("broken", (_, _) => runtime)],
        };
        var name = $"failed-{Guid.NewGuid():n}"[..15];
        try
        {
            var exitCode = await lab.RunAsync($"up monolith --detach --name {name}", limit.Token);
            return (exitCode, lab.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            using var engine = DockerEngine.OfThisMachine();
            await new LabStarter(LabRoot.Find(), engine, TimeProvider.System, new ProcessTable()).StopAsync(name, CancellationToken.None);
        }
    }

    /// <summary>Starts nothing, and removes as much.</summary>
    private sealed class BrokenRuntime(Exception start, Exception? remove) : ILabRuntime
    {
        public string Name => "broken";

        public Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken) => Task.FromException(start);

        public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) =>
            remove is null ? Task.CompletedTask : Task.FromException(remove);
    }
}
