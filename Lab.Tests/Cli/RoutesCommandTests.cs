using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class RoutesCommandTests
{
    private const string Sync = "/_matrix/client/v3/sync";

    private readonly LabCommandLine _lab = new();

    [Theory]
    [InlineData("nosuch", "there is no topology 'nosuch'. Known: every-role, ")]
    [InlineData("./nosuch.yaml", "./nosuch.yaml: there is no such file. ")]
    [InlineData($"reference BREW {Sync}", "unknown method 'BREW'. Use one of: GET, HEAD, POST, PUT, DELETE, OPTIONS")]
    [InlineData($"reference get {Sync}", "unknown method 'get'. Methods are written in capitals: GET")]
    [InlineData("reference BREW", "unknown method 'BREW'. Use one of: GET, ")]
    [InlineData("reference GET", $"the path is missing. For example: ./lab routes reference GET {Sync}")]
    [InlineData($"reference {Sync}", $"the method is missing. It comes before the path: ./lab routes reference GET {Sync}")]
    [InlineData($"GET {Sync}", $"the topology is missing. It comes before the method: ./lab routes reference GET {Sync}")]
    [InlineData("reference GET _matrix/client/v3/sync", "'_matrix/client/v3/sync' is no path. A path starts with '/', without scheme and host: ")]
    [InlineData($"reference GET http://127.0.0.1:8008{Sync}", $"'http://127.0.0.1:8008{Sync}' is no path. A path starts with '/'")]
    [InlineData("reference GET /_matrix/client/v3/nosuch", "no endpoint of Synapse has the path /_matrix/client/v3/nosuch. The proxy would send it to main, which answers 404")]
    [InlineData("reference GET /_matrix/client/v3/sync/", "no endpoint of Synapse has the path /_matrix/client/v3/sync/. ")]
    [InlineData($"reference DELETE {Sync}", $"{Sync} does not take DELETE. It takes GET, OPTIONS. The proxy would send it to main, which answers 405")]
    [InlineData($"reference GET {Sync} --from nowhere", "--from takes an IP address, not 'nowhere'. For example: --from 192.0.2.1")]
    [InlineData($"reference GET {Sync} --homeserver hs9", "there is no homeserver 'hs9'. There are hs1.test")]
    [InlineData($"reference GET {Sync} --homeserver", "Required argument missing for option: '--homeserver'. See ./lab routes --help")]
    [InlineData("reference --homeserver hs1", $"--homeserver belongs to one request, but there is none. For example: ./lab routes reference GET {Sync} --homeserver hs1")]
    [InlineData("--from 192.0.2.1", $"--from belongs to one request, but there is none. For example: ./lab routes reference GET {Sync} --from 192.0.2.1")]
    [InlineData("--nosuch", "unknown option '--nosuch'. See ./lab routes --help")]
    [InlineData($"reference GET {Sync} --nosuch", "unknown option '--nosuch'. See ./lab routes --help")]
    [InlineData($"reference GET {Sync} more", "Unrecognized command or argument 'more'. See ./lab routes --help")]
    public Task Wrong_use_is_one_line_and_exit_code_2(string arguments, string problem) =>
        _lab.RefusesAsync($"routes {arguments}", problem);

    [Fact]
    public async Task The_catalogue_is_an_array_of_all_entries_in_JSON()
    {
        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync("routes --json"));

        var entries = JsonNode.Parse(_lab.Output)!.AsArray();
        Assert.Equal(EndpointCatalogue.Load().Entries.Count, entries.Count);
        Assert.All(entries, entry => Assert.Null(entry!["pools"]));
    }

    [Fact]
    public async Task The_map_of_a_topology_names_pools_by_homeserver_in_JSON()
    {
        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync("routes reference --json"));

        var entries = JsonNode.Parse(_lab.Output)!.AsArray();
        Assert.Equal(EndpointCatalogue.Load().Entries.Count, entries.Count);
        Assert.All(entries, entry => Assert.Equal(["hs1"], entry!["pools"]!.AsObject().Select(pool => pool.Key)));
    }

    [Fact]
    public async Task One_request_is_an_object_with_pool_key_and_instance_in_JSON()
    {
        Assert.Equal(
            ExitCodes.Fine,
            await _lab.RunAsync("routes federation GET /_matrix/client/v3/sync?since=s1 --homeserver hs2 --from 192.0.2.1 --json"));

        var decision = JsonNode.Parse(_lab.Output)!.AsObject();
        Assert.Equal(
            ("hs2_synchrotron_by_user", "192.0.2.1", "hs2-synchrotron1"),
            ((string?)decision["pool"], (string?)decision["key"], (string?)decision["instance"]));
        Assert.Equal("/_matrix/client/(r0|v3|unstable)/sync", (string?)decision["entry"]!["path"]);
    }

    [Fact]
    public async Task Without_JSON_it_is_lines_that_begin_with_the_request()
    {
        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync($"routes reference HEAD {Sync}"));

        var lines = _lab.Output.Split('\n');
        Assert.Equal($"HEAD {Sync}", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("  instance  ", StringComparison.Ordinal));
    }
}
