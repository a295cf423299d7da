using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SynapseLab.Tests.LoadTests;
using SynapseLab.Waiting;

namespace SynapseLab.Tests.RealLab.Dashboard;

/// <summary>
/// A page in a Chromium without a window that lives as long as a test looks at it, over the Chrome DevTools Protocol: a page that a server
/// keeps changing cannot be dumped once and for all.
/// </summary>
internal sealed partial class BrowserPage : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan BlankForLong = TimeSpan.FromSeconds(15);
    private readonly string _folder;
    private readonly Process _chromium;
    private readonly ClientWebSocket _socket = new();
    private string? _session;
    private int _calls;

    private BrowserPage(string folder, Process chromium)
    {
        _folder = folder;
        _chromium = chromium;
    }

    /// <summary>Opens one.</summary>
    /// <param name="page">Where to begin.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<BrowserPage> OpenAsync(Uri page, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("lab-browser-").FullName;
        var browser = new BrowserPage(
            folder,
            HeadlessChromium.Start(folder, "--remote-debugging-port=0", "--window-size=1400,1000", "about:blank"));
        try
        {
            // DevTools listening on ws://127.0.0.1:37123/devtools/browser/1c0e...
            var address = "";
            while (address.Length == 0 && await browser._chromium.StandardError.ReadLineAsync(cancellationToken) is { } line)
            {
                address = Address().Match(line).Value;
            }

            await browser._socket.ConnectAsync(new Uri(address), cancellationToken);
            var made = await browser.CallAsync("Target.createTarget", new() { ["url"] = "about:blank" }, cancellationToken);
            var attached = await browser.CallAsync(
                "Target.attachToTarget",
                new() { ["targetId"] = made["targetId"]!.DeepClone(), ["flatten"] = true },
                cancellationToken);
            browser._session = (string?)attached["sessionId"];
            await browser.GoAsync(page, cancellationToken);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes to another page.</summary>
    public Task GoAsync(Uri page, CancellationToken cancellationToken) =>
        CallAsync("Page.navigate", new() { ["url"] = page.AbsoluteUri }, cancellationToken);

    /// <summary>What an expression is on the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken cancellationToken) =>
        (await CallAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, cancellationToken))["result"]?["value"];

    /// <summary>
    /// Waits until an expression is true on the page; a failure tells the page's text. The dashboard's pages are drawn over a connection of
    /// their own (Blazor), which is tried once: where it is not made in time, as on a busy machine, the page stays blank, and somebody has
    /// to ask for it again.
    /// </summary>
    /// <param name="what">What that means.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task UntilAsync(string what, string expression, CancellationToken cancellationToken)
    {
        var drawn = Stopwatch.GetTimestamp();
        return new Waiter(TimeProvider.System, TimeSpan.FromMilliseconds(200)).UntilAsync(Deadline, what, LookAsync, cancellationToken);

        async Task<Observation> LookAsync(CancellationToken token)
        {
            if ((await EvaluateAsync($"!!({expression})", token))?.GetValue<bool>() == true)
            {
                return Observation.Yes("so");
            }

            var text = (string?)await EvaluateAsync("document.body?.innerText ?? ''", token) ?? "";
            if (text.Trim().Length > 0)
            {
                drawn = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(drawn) > BlankForLong)
            {
                await CallAsync("Page.reload", [], token);
                drawn = Stopwatch.GetTimestamp();
            }

            return Observation.No($"{await EvaluateAsync("location.href", token)}\n{(text.Trim().Length > 0 ? text : "(blank)")}");
        }
    }

    /// <summary>Takes a picture of what is seen.</summary>
    public async Task PictureAsync(string file, CancellationToken cancellationToken) =>
        await File.WriteAllBytesAsync(
            file,
            Convert.FromBase64String((string)(await CallAsync("Page.captureScreenshot", [], cancellationToken))["data"]!),
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_chromium.HasExited)
        {
            _chromium.Kill(entireProcessTree: true);
            await _chromium.WaitForExitAsync();
        }

        _chromium.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // One call at a time, so that the first answer of its number is its own; what comes between are events that nobody asked for.
    private async Task<JsonNode> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var id = ++_calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            call["sessionId"] = _session;
        }

        await _socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(call),
            WebSocketMessageType.Text,
            endOfMessage: true,
            cancellationToken);
        while (true)
        {
            using var message = new MemoryStream();
            var part = new byte[64 * 1024];
            WebSocketReceiveResult received;
            do
            {
                received = await _socket.ReceiveAsync(part, cancellationToken);
                message.Write(part, 0, received.Count);
            }
            while (!received.EndOfMessage);

            if (JsonNode.Parse(message.ToArray()) is { } answer && answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
            }
        }
    }

    [GeneratedRegex("ws://127\\.0\\.0\\.1:[0-9]+/\\S+")]
    private static partial Regex Address();
}
