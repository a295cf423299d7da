using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Words for labs and parts that are not there.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class NameVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    // Of another checkout: this one has the shared lab.
    [Theory]
    [InlineData("lab: no lab is running. Start one with ./lab up --detach\n", "status")]
    [InlineData("lab: no lab is running. Start one with ./lab up --detach\n", "load", "chat")]
    [InlineData("lab: no lab 'sharded' is running. Start it with ./lab up sharded --detach\n", "load", "chat", "--topology", "sharded")]
    public async Task Where_no_lab_runs_it_is_said_how_to_start_one(string said, params string[] words)
    {
        using var checkout = new TemporaryFolder();
        foreach (var folder in new[] { "topologies", "profiles" })
        {
            Directory.CreateSymbolicLink(checkout.File(folder), Path.Combine(LabRoot.Find().Path, folder));
        }

        var environment = new Dictionary<string, string> { [LabRoot.Variable] = checkout.Path };
        Assert.Equal((ExitCodes.WrongUse, "", said), await LabProgram.RunAsync(environment, words));
    }

    [Theory]
    [InlineData("logs", "process or container")]
    [InlineData("stop", "process or container")]
    [InlineData("metrics", "process")]
    public async Task An_unknown_name_is_one_line_that_has_the_known_ones_and_exit_code_2(string verb, string what)
    {
        var (exitCode, output, error) = await RunAsync(verb, "generic_worker9");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith(
            $"lab: lab '{Lab.Name}' has no {what} 'generic_worker9'. "
                + "Did you mean 'generic_worker1'? It has main, generic_worker1, ",
            Assert.Single(error.TrimEnd('\n').Split('\n')),
            StringComparison.Ordinal);
    }
}
