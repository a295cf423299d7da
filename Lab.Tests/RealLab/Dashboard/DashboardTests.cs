using System.Diagnostics;
using System.Text.RegularExpressions;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.AppHost;
using SynapseLab.Tests.LoadTests;
using Xunit;

namespace SynapseLab.Tests.RealLab.Dashboard;

/// <summary>What somebody sees and does who has started the AppHost and looks at Aspire's dashboard.</summary>
[Collection(AppHostTests.Alone.Name)]
public sealed partial class DashboardTests : IAsyncLifetime
{
    private static readonly string LabName = TestLabs.Name("dashboard");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);
    private readonly LabRoot _root = LabRoot.Find();
    private Process? _appHost;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_appHost is { HasExited: false })
        {
            _appHost.Kill(entireProcessTree: true);
        }

        _appHost?.Dispose();
        using var engine = DockerEngine.OfThisMachine();
        await new LabCleaner(engine, new ProcessTable(), TimeProvider.System).RemoveAsync(
            LabName,
            _root.Lab(LabName),
            CancellationToken.None);
    }

    /// <summary>
    /// Takes the picture of README: with LAB_ACCEPT_SNAPSHOTS=1, which is asked for when other resources are there than on it.
    /// </summary>
    [ChromiumFact]
    [Trait("Lab", "real")]
    public async Task The_reference_is_there_with_its_workers_running()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var (login, _) = await StartAsync(limit.Token, "reference");
        string[] resources =
        [
            "synapse",
            "hs1",
            .. LabState.TryLoad(_root.Lab(LabName))!.Deployment.Containers.Select(container => container.Name.Replace('_', '-')),
        ];

        await using var page = await BrowserPage.OpenAsync(login, limit.Token);
        await page.UntilAsync(
            "all of it runs and is healthy",
            string.Join(
                " && ",
                resources.Select(name => $"{Row(name)}?.innerText.includes('Running') && !{Row(name)}.innerText.includes('Unhealthy')")),
            limit.Token);

        Snapshot.Match(string.Concat(resources.Select(name => $"{name}\n")), "Hosting/dashboard.txt");
        var picture = Path.Combine(_root.Path, "docs", "dashboard.png");
        if (Snapshot.Accepting)
        {
            await page.PictureAsync(picture, limit.Token);
        }

        Assert.True(File.Exists(picture), "Run this test with LAB_ACCEPT_SNAPSHOTS=1 and look at docs/dashboard.png");
    }

    [ChromiumFact]
    [Trait("Lab", "real")]
    public async Task A_scenario_that_is_started_there_ends_with_its_verdict_and_leaves_a_trace_logs_and_metrics()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var (login, dashboard) = await StartAsync(limit.Token);
        await using var page = await BrowserPage.OpenAsync(login, limit.Token);
        await page.UntilAsync(
            "scenarios and loads are below their parents, and not started",
            $"{Row("first-proof")}?.innerText.includes('Not started') && {Row("chat")} && {Row("hs1")}?.innerText.includes('Running')",
            limit.Token);

        await page.UntilAsync("its start can be clicked", Click("first-proof", "Start"), limit.Token);
        await page.UntilAsync("its claims hold", $"{Row("first-proof")}?.innerText.includes('Finished')", limit.Token);
        await PictureAsync(page, "resources", limit.Token);

        await page.GoAsync(new Uri(dashboard, "/traces"), limit.Token);
        await page.UntilAsync("its trace is there", "document.body.innerText.includes('scenario first-proof')", limit.Token);
        await page.UntilAsync(
            "the trace can be opened",
            $"location.href.includes('/traces/detail/') || ({Row("scenario")}?.click(), false)",
            limit.Token);
        await page.UntilAsync(
            "steps, waits and requests are spans of it",
            "['alice and bob register', 'HTTP POST 200'].every(span => document.body.innerText.includes(span))",
            limit.Token);
        await PictureAsync(page, "trace", limit.Token);

        await page.GoAsync(new Uri(dashboard, "/structuredlogs/resource/first-proof"), limit.Token);
        await page.UntilAsync("its lines are log records", "document.body.innerText.includes('first-proof holds')", limit.Token);
        await page.GoAsync(new Uri(dashboard, "/structuredlogs/resource/hs1"), limit.Token);
        await page.UntilAsync(
            "so are main's",
            "document.body.innerText.includes('STARTING SERVER') || document.body.innerText.includes('Processed request')",
            limit.Token);
        await PictureAsync(page, "logs", limit.Token);
        await page.GoAsync(new Uri(dashboard, "/metrics/resource/hs1"), limit.Token);
        await page.UntilAsync(
            "what main does is measured",
            "document.body.innerText.includes('synapse_http_server_requests_received_total')",
            limit.Token);
        await PictureAsync(page, "metrics", limit.Token);

        await page.GoAsync(dashboard, limit.Token);
        await page.UntilAsync("main's commands can be opened", Click("main", "Actions"), limit.Token);
        await page.UntilAsync(
            "main can be killed",
            "[...document.querySelectorAll('fluent-menu-item')].some(item => item.innerText.trim() === 'Kill' && (item.click(), true))",
            limit.Token);
        await page.UntilAsync("it is", $"{Row("main")}?.innerText.includes('Exited')", limit.Token);
        await using (var lab = await RunningLab.AttachAsync(LabName, _root, limit.Token))
        {
            Assert.Matches(
                "^killed since .* by the dashboard$",
                (await lab.Operator.StateAsync(LabPart.Find(lab.Deployment, "main"), limit.Token)).Matters[0]);
        }

        await page.UntilAsync("another scenario can be started", Click("database-killed", "Start"), limit.Token);
        await page.UntilAsync(
            "its claims do not hold without main",
            $"{Row("database-killed")}?.innerHTML.includes('exit code 1')",
            limit.Token);
        await PictureAsync(page, "failed", limit.Token);
        await page.GoAsync(new Uri(dashboard, "/consolelogs/resource/database-killed"), limit.Token);
        await page.UntilAsync("its console says why", "document.body.innerText.includes('lab: database-killed: ')", limit.Token);
    }

    private static string Row(string resource) =>
        $"[...document.querySelectorAll('fluent-data-grid-row, tr')].find(row => row.innerText.split(/\\s+/).includes('{resource}'))";

    private static string Click(string resource, string title) =>
        $"[...{Row(resource)}?.querySelectorAll('fluent-button') ?? []].some(button => button.title.startsWith('{title}') && "
            + "!button.disabled && (button.click(), true))";

    // For whoever wants to see what the test saw.
    private async Task PictureAsync(BrowserPage page, string name, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root.Artifacts, "dashboard")).FullName;
        await page.PictureAsync(Path.Combine(folder, $"{name}.png"), cancellationToken);
    }

    private async Task<(Uri Login, Uri Dashboard)> StartAsync(CancellationToken cancellationToken, string topology = "monolith")
    {
        _appHost = AppHostProgram.Start("--topology", topology, "--name", LabName);
        var errors = _appHost.StandardError.ReadToEndAsync(cancellationToken);
        var said = new List<string>();
        while (await _appHost.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            said.Add(line);
            if (line.Contains($"status: ./lab status --name {LabName}", StringComparison.Ordinal))
            {
                _ = _appHost.StandardOutput.ReadToEndAsync(cancellationToken);
                var login = new Uri(said.Select(one => LoginPage().Match(one).Value).First(match => match.Length > 0));
                return (login, new Uri(login.GetLeftPart(UriPartial.Authority)));
            }
        }

        throw new InvalidOperationException(
            $"The AppHost ended before its lab was healthy. It said:\n{string.Join('\n', said)}\n{await errors}");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[0-9]+/login\?t=[0-9a-f]+")]
    private static partial Regex LoginPage();
}
