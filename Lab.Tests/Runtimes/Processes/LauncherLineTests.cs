using SynapseLab.Runtimes.Processes;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Processes;

public sealed class LauncherLineTests
{
    [Theory]
    [InlineData("[launcher] generic_worker1 ended with exit code 1", "generic_worker1", 1, "")]
    [InlineData("[launcher] hs2-main ended with exit code 137, for lack of memory", "hs2-main", 137, LauncherLine.LackOfMemory)]
    [InlineData("[launcher] main ended with exit code 0, after it was told to stop", "main", 0, "after it was told to stop")]
    [InlineData("[launcher] main was paused", "main", null, "")]
    [InlineData("[launcher] main is started again", "main", null, "")]
    public void What_the_launcher_says_of_a_process_is_understood(string line, string process, int? exitCode, string cause) =>
        Assert.Equal(new LauncherLine(process, exitCode, cause), LauncherLine.TryParse(line));

    [Theory]
    [InlineData("[main] generic_worker1 ended with exit code 1")]
    [InlineData("[launcher] preparing the database failed with exit code 1")]
    [InlineData("")]
    public void Lines_of_processes_are_not_taken_for_the_launcher_s(string line) => Assert.Null(LauncherLine.TryParse(line));

    [Fact]
    public void The_lines_of_a_process_are_those_with_its_name_what_the_launcher_says_of_it_and_what_follows_without_a_name()
    {
        string[] log =
        [
            "nobody's",
            "[main] 1", "  of main", "[main2] 2", "  of main2", "[launcher] main ended with exit code 1",
            "[launcher] main2 ended with exit code 1", "[main] 3",
        ];
        var lines = new LaunchedLines("main");

        Assert.Equal(["[main] 1", "  of main", "[launcher] main ended with exit code 1", "[main] 3"], log.Where(lines.Includes));
    }
}
