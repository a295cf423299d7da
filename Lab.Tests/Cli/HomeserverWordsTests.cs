using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>Homeservers by the topology's own word, by the short one, and by none.</summary>
public sealed class HomeserverWordsTests : IDisposable
{
    private const string Sync = "/_matrix/client/v3/sync";

    private readonly TemporaryFolder _folder = new();
    private readonly LabCommandLine _lab = new();

    public HomeserverWordsTests() => File.WriteAllText(Topology, """
        homeservers:
          home.example: {main: {}}
          away.example:
            main: {}
            workers: {reader: {role: synchrotron}}
        """);

    private string Topology => _folder.File("homes.yaml");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "home-main")]
    [InlineData("home", "home-main")]
    [InlineData("home.example", "home-main")]
    [InlineData("away", "away-reader")]
    [InlineData("away.example", "away-reader")]
    public async Task A_route_is_told_for_the_homeserver_that_is_named_and_else_for_the_first(string word, string process)
    {
        string[] option = word.Length == 0 ? [] : ["--homeserver", word];

        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync(["routes", Topology, "GET", Sync, .. option]));

        Assert.Contains(process, _lab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_homeserver_that_there_is_not_is_answered_with_the_one_that_was_meant() =>
        _lab.RefusesAsync(
            $"routes {Topology} GET {Sync} --homeserver home.exmple",
            "there is no homeserver 'home.exmple'. Did you mean 'home.example'? There are home.example, away.example");
}
