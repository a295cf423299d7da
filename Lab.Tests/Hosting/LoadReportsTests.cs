using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Hosting.Runs;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>The link from a load to its result, in an application that is not started.</summary>
public sealed class LoadReportsTests : IAsyncLifetime
{
    private static readonly DateTime Begun = DateTime.UtcNow.AddMinutes(-1);
    private readonly TemporaryFolder _checkout = new();
    private readonly DistributedApplication _application;
    private readonly ISynapseResource _synapse;
    private readonly IResource _chat;
    private readonly LoadReports _reports;
    private readonly ResourceNotificationService _notifications;

    public LoadReportsTests()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });
        _synapse = builder.AddSynapseFederation("synapse").WithPlainNames().WithTopology("monolith").WithLabName("mine").Resource;
        _chat = builder.AddExecutable("chat", "true", ".").Resource;
        _application = builder.Build();
        _notifications = _application.Services.GetRequiredService<ResourceNotificationService>();
        _reports = new LoadReports(_synapse, [_chat], new LabRoot(_checkout.Path), _notifications);
    }

    public Task InitializeAsync() => _reports.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _reports.StopAsync(CancellationToken.None);
        _reports.Dispose();
        await _application.DisposeAsync();
        _checkout.Dispose();
    }

    [Fact]
    public async Task A_load_that_has_ended_has_the_page_of_its_result_as_a_link_and_nothing_else_is_served()
    {
        Result("20261125-120000-chat", "mine", "older");
        Result("20261125-120100-chat", "other", "of another lab");
        Result("20261125-120200-chat-2", "mine", "this one");
        File.WriteAllText(_checkout.File("secret"), "secret");

        await EndedAsync(KnownResourceStates.Finished);

        var link = new Uri((await LinkAsync()).Url);
        using var http = new HttpClient();
        Assert.Equal("this one", await http.GetStringAsync(link));
        Assert.True(link.IsLoopback);
        foreach (var path in new[] { "/", "/secret", "/..%2Fsecret", "/%2E%2E%2F%2E%2E%2Fsecret", "/20261125-120200-chat-2/result.json" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(link, path))).StatusCode);
        }
    }

    [Fact]
    public async Task The_link_is_there_again_when_the_orchestrator_has_written_its_own_over_it()
    {
        Result("20261125-120200-chat", "mine", "this one");
        await EndedAsync(KnownResourceStates.Exited);
        var link = await LinkAsync();

        await _notifications.PublishUpdateAsync(_chat, snapshot => snapshot with { Urls = [] });

        Assert.Equal(link, await LinkAsync());
    }

    private async Task EndedAsync(string state) =>
        await _notifications.PublishUpdateAsync(_chat, snapshot => snapshot with { State = state, StartTimeStamp = Begun, ExitCode = 0 });

    private async Task<UrlSnapshot> LinkAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var shown = await _notifications.WaitForResourceAsync("chat", change => change.Snapshot.Urls.Length > 0, limit.Token);
        return shown.Snapshot.Urls.Single();
    }

    private void Result(string name, string lab, string page)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_checkout.Path, "artifacts", "load", name)).FullName;
        var result = LoadResult.FromJson(
            File.ReadAllText(Path.Combine(KnownTopologies.Root, "Lab.Tests", "Snapshots", "LoadTests", "result.json")));
        File.WriteAllText(Path.Combine(folder, "result.json"), (result with { Lab = lab, Profile = "chat" }).ToJson());
        File.WriteAllText(Path.Combine(folder, "index.html"), page);
    }
}
