using System.Text.Json;
using SynapseLab.Runtimes;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Verbs about a running lab, as a user types them.</summary>
public abstract class LabVerbs(RunningLabFixture fixture)
{
    private protected static readonly CancellationToken None = CancellationToken.None;

    private protected RunningLabFixture Fixture => fixture;

    private protected RunningLab Lab => fixture.Lab;

    /// <summary>For names of users: the lab has those of earlier tests.</summary>
    private protected string Unique { get; } = Guid.NewGuid().ToString("n")[..8];

    private protected IEnumerable<string> Processes => Lab.Deployment.Processes.Select(process => process.Id);

    private protected Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words) =>
        LabProgram.RunAsync([.. words, "--name", Lab.Name]);

    // user      @alice:hs1.test
    private protected static string Value(string output, string name) =>
        Assert.Single(output.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..].Trim();

    private protected static IEnumerable<string?> Names(IEnumerable<JsonElement> items) =>
        items.Select(item => item.GetProperty("name").GetString());
}
