using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Hosting.Runs;

/// <summary>
/// Gives a load that has ended the link to its result. The page is a file, and browsers follow no link from a page of a server
/// to a file: so it is served, on loopback at a port of the system's choice.
/// </summary>
/// <param name="synapse">What the loads are put on.</param>
/// <param name="loads">The loads; each has the name of its profile.</param>
/// <param name="root">The checkout, where the results lie.</param>
/// <param name="notifications">Tells when one has ended, and is told of the link.</param>
internal sealed class LoadReports(
    ISynapseResource synapse, List<IResource> loads, LabRoot root, ResourceNotificationService notifications) : BackgroundService
{
    private string Folder => Path.Combine(root.Artifacts, "load");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var server = Server();
        await server.StartAsync(stoppingToken);
        var address = server.Urls.Single();
        try
        {
            await foreach (var change in notifications.WatchAsync(stoppingToken))
            {
                var hasEnded = KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text);
                if (hasEnded && loads.Contains(change.Resource) && change.Snapshot.StartTimeStamp is { } start
                    && ResultSince(change.Resource.Name, start) is { } result)
                {
                    var link = new UrlSnapshot("result", $"{address}/{result}", IsInternal: false) { DisplayProperties = new("result") };
                    await LinkAsync(change.Resource, link);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    // Aspire's orchestrator writes the links anew with each change of state.
    private Task LinkAsync(IResource load, UrlSnapshot link) =>
        notifications.PublishUpdateAsync(load, snapshot => snapshot.Urls.Contains(link) ? snapshot : snapshot with { Urls = [link] });

    // 20261121-070500-chat, or 20261121-070500-chat-2: the newest of this lab.
    private string? ResultSince(string profile, DateTime start) => !Directory.Exists(Folder) ? null : Directory.EnumerateDirectories(Folder)
        .Where(folder => Directory.GetCreationTimeUtc(folder) >= start.ToUniversalTime() && IsOf(folder, profile))
        .Select(folder => Path.GetFileName(folder))
        .Max(StringComparer.Ordinal);

    private bool IsOf(string folder, string profile)
    {
        try
        {
            return File.Exists(Path.Combine(folder, "index.html"))
                && LoadResult.FromJson(File.ReadAllText(Path.Combine(folder, "result.json"))) is var result
                && result.Profile == profile
                && result.Lab == synapse.Plan.Request.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    private WebApplication Server()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.Run(async context =>
        {
            // One folder's page, and nothing else of the disk.
            var name = context.Request.Path.Value?.Trim('/') ?? "";
            var page = Path.Combine(Folder, Path.GetFileName(name), "index.html");
            if (name.Length == 0 || Path.GetFileName(name) != name || !File.Exists(page))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.SendFileAsync(page, context.RequestAborted);
        });
        return server;
    }
}
