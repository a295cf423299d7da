using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>Commands of the dashboard, without a running lab.</summary>
public sealed class LabCommandsTests : IAsyncDisposable
{
    private readonly DistributedApplication _reference = Build("reference");

    [Fact]
    public async Task A_homeserver_shows_where_a_request_goes_as_lab_routes_does()
    {
        var result = await RunAsync(
            _reference,
            "hs1",
            "route",
            ("method", "PUT"),
            ("path", "/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1"),
            ("authorization", ""));

        Assert.True(result.Success, result.Message);
        Assert.Equal("PUT /_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1 goes to generic_worker3", result.Message);
        Assert.True(result.Data!.DisplayImmediately);
        Assert.Contains(
            "\n  pool      hs1_generic_worker_by_source_ip: generic_worker1, generic_worker2, generic_worker3\n",
            result.Data.Value);
    }

    [Theory]
    [InlineData("GET", "_matrix/client/v3/sync", "'_matrix/client/v3/sync' is no path. ")]
    [InlineData("PUT", "/_matrix/client/v3/sync", "/_matrix/client/v3/sync does not take PUT. It takes GET")]
    [InlineData("GET", "/nothing", "no endpoint of Synapse has the path /nothing. ")]
    public async Task What_is_no_request_is_the_commands_failure_and_says_why(string method, string path, string why)
    {
        var result = await RunAsync(_reference, "hs1", "route", ("method", method), ("path", path), ("authorization", ""));

        Assert.False(result.Success);
        Assert.StartsWith(why, result.Message);
    }

    [Theory]
    [InlineData("hs1", "register-user")]
    [InlineData("generic-worker1", "kill")]
    public async Task On_a_lab_that_does_not_run_a_command_fails_and_says_how_to_start_it(string resource, string command)
    {
        await using var application = Build("reference", "never-started");

        var result = await RunAsync(application, resource, command, ("name", "alice"), ("admin", "false"));

        Assert.False(result.Success);
        Assert.StartsWith("no lab 'never-started' is running. Start it with ./lab up", result.Message);
    }

    [Fact]
    public async Task Where_processes_share_a_container_kill_asks_which_and_cutting_off_does_not()
    {
        await using var application = Build("every-role");
        var commands = Resource(application, "hs1-processes").Annotations
            .OfType<ResourceCommandAnnotation>()
            .ToDictionary(command => command.Name);

        var choice = Assert.Single(commands["kill"].Arguments);
        Assert.Equal("hs1", choice.Value);
        Assert.Contains("main", choice.Options!.Select(option => option.Key));
        Assert.Empty(commands["partition"].Arguments);
    }

    public ValueTask DisposeAsync() => _reference.DisposeAsync();

    private static DistributedApplication Build(string topology, string? labName = null)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });
        builder.AddSynapseFederation("synapse").WithPlainNames().WithTopology(topology).WithLabName(labName ?? topology);
        return builder.Build();
    }

    private static IResource Resource(DistributedApplication application, string name) =>
        application.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == name);

    private static Task<ExecuteCommandResult> RunAsync(
        DistributedApplication application,
        string resource,
        string command,
        params (string Name, string Value)[] arguments) =>
        Resource(application, resource).Annotations
            .OfType<ResourceCommandAnnotation>()
            .Single(one => one.Name == command)
            .ExecuteCommand(new ExecuteCommandContext
            {
                Services = application.Services,
                ResourceName = resource,
                CancellationToken = CancellationToken.None,
                Logger = NullLogger.Instance,
                Arguments = new InteractionInputCollection(
                [.. arguments.Select(one => new InteractionInput { Name = one.Name, InputType = InputType.Text, Value = one.Value })]),
            });
}
