using Xunit;

namespace SynapseLab.Tests.AppHost;

public sealed class AppHostArgumentsTests
{
    [Theory]
    [InlineData("--topolgy sharded", "lab: unknown word '--topolgy'. Did you mean '--topology'?")]
    [InlineData("--runtime compose", "lab: unknown word '--runtime'. There are --topology, --name, --ports, --empty-database, --keep")]
    [InlineData("sharded", "lab: unknown word 'sharded'. There are --topology, --name, --ports, --empty-database, --keep")]
    [InlineData("--name", "lab: --name takes a value")]
    [InlineData("--name Big", "lab: 'Big' can't be the name of a lab. Give it one with --name: up to 40 small letters, digits and hyphens, beginning with a letter")]
    [InlineData("--ports many", "lab: --ports takes a number from 0 to 60000, not 'many'")]
    [InlineData("--topology nosuch", "lab: there is no topology 'nosuch'. Known: every-role, ")]
    public Task Wrong_words_are_told_in_one_line_with_exit_code_2_before_there_is_a_dashboard(string arguments, string problem) =>
        RefusesAsync(problem, [], arguments.Split(' '));

    [Fact]
    public Task The_topology_may_stand_in_the_environment() =>
        RefusesAsync(
            "lab: there is no topology 'nosuch'. Known: every-role, ",
            ["Lab__Topology=nosuch"]);

    [Fact]
    public async Task A_topology_with_mistakes_is_told_with_file_and_line()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.yaml");
        await File.WriteAllTextAsync(file, "homeservers:\n  hs1.test:\n    mian: {}\n");
        try
        {
            await RefusesAsync($"lab: {file}:3: ", [], "--topology", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public Task Without_an_engine_the_start_ends_as_that_of_lab_up_and_there_is_no_dashboard() =>
        RefusesAsync(
            "lab: unix:///nowhere.sock (DOCKER_HOST): no container engine answers",
            ["DOCKER_HOST=unix:///nowhere.sock"],
            "--topology",
            "monolith",
            "--name",
            "test-no-engine");

    [Fact]
    public Task A_dashboard_port_that_somebody_has_is_told() =>
        RefusesAsync(
            "lab: http://127.0.0.1:15889: the dashboard's port is taken. Name another in ASPNETCORE_URLS, or none",
            ["ASPNETCORE_URLS=http://127.0.0.1:15889"],
            taken: 15889);

    private static async Task RefusesAsync(string problem, IReadOnlyList<string> environment, params string[] arguments)
    {
        using var program = AppHostProgram.Start(environment, arguments);

        var output = program.StandardOutput.ReadToEndAsync();
        var said = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();

        Assert.StartsWith(problem, said);
        Assert.DoesNotContain("   at ", said);
        Assert.DoesNotContain("dashboard at", await output);
        Assert.Equal(ExitCodes.WrongUse, program.ExitCode);
    }

    private static async Task RefusesAsync(string problem, IReadOnlyList<string> environment, int taken)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, taken);
        listener.Start();
        await RefusesAsync(problem, environment);
    }
}
