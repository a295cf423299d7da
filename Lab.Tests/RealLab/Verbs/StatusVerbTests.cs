using System.Text.Json;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>What status says of a lab that runs.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class StatusVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Status_says_of_every_process_and_container_that_it_is_healthy_what_it_takes_and_where_the_lab_is_reached()
    {
        var (exitCode, output, error) = await RunAsync("status");

        Assert.True(exitCode == 0, error);
        var lines = output.Split('\n');
        Assert.All(
            Processes.Concat(["postgres", "redis", "proxy"]),
            name => Assert.Matches(
                $@"^{name} +[1-9][0-9]* MiB +[0-9]+\.[0-9] s  healthy$",
                Assert.Single(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal))));
        Assert.Contains(
            lines.Where(line => line.StartsWith("client ", StringComparison.Ordinal)),
            line => line.Contains(Lab.ClientUri().OriginalString, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_as_JSON_is_one_object_that_names_every_process_container_and_endpoint()
    {
        var (exitCode, output, error) = await RunAsync("status", "--json");

        Assert.True(exitCode == 0, error);
        var status = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Lab.Name, status.GetProperty("name").GetString());
        Assert.Equal("reference", status.GetProperty("topology").GetString());
        Assert.True(status.GetProperty("healthy").GetBoolean());
        Assert.Equal(["postgres", "redis", "proxy", .. Processes], Names(status.GetProperty("parts").EnumerateArray()));
        Assert.All(status.GetProperty("parts").EnumerateArray(), part => Assert.True(part.GetProperty("healthy").GetBoolean()));
        Assert.Equal(
            Lab.Deployment.Containers.Select(container => container.Name).Order(),
            status
                .GetProperty("containers")
                .EnumerateObject()
                .Where(container => container.Value.GetProperty("resident_bytes").GetInt64() > 0)
                .Select(container => container.Name)
                .Order());
        Assert.Equal(["client", "federation", "operator", "sql"], Names(status.GetProperty("endpoints").EnumerateArray()));
    }

    [Fact]
    public async Task For_scripts_the_status_is_one_JSON_object_of_documented_fields()
    {
        var (exitCode, output, error) = await RunAsync("status", "--json");

        Assert.True(exitCode == 0, error);
        var status = JsonDocument.Parse(output).RootElement;
        DocumentedJson.Has("status --json", status);
        Assert.Equal(
            Processes.Concat(["postgres", "redis", "proxy"]).Order(),
            status.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!).Order());
    }
}
