using System.Net;
using System.Text;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Tests.Scenarios.Matrix;

/// <summary>
/// A real HTTP server on loopback that gives prepared answers and remembers what it was asked; without an answer left, it keeps the client
/// waiting.
/// </summary>
internal sealed class ListeningHomeserver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Queue<(int Status, string Body, string? Worker)> _answers = new();
    private readonly Task _serving;

    public ListeningHomeserver()
    {
        // HttpListener takes no port 0: ask the system for a free one first.
        Uri = new Uri($"http://127.0.0.1:{LoopbackPort.AnyFree()}");
        _listener.Prefixes.Add(Uri + "");
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Uri { get; }

    /// <summary>Called when a request is there, before it is answered.</summary>
    public Action? OnRequest { get; init; }

    public List<(string Method, string Url, string? Authorization, string? RequestId, string Body)> Asked { get; } = [];

    public ListeningHomeserver Answers(int status, string body, string? worker = null)
    {
        _answers.Enqueue((status, body, worker));
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                Asked.Add((
                    context.Request.HttpMethod,
                    context.Request.RawUrl ?? "",
                    context.Request.Headers["Authorization"],
                    context.Request.Headers["X-Request-ID"],
                    await reader.ReadToEndAsync()));
                OnRequest?.Invoke();
                if (!_answers.TryDequeue(out var next))
                {
                    // A long poll without news: no answer until the client goes away.
                    continue;
                }

                var (status, body, worker) = next;
                context.Response.StatusCode = status;
                if (worker is not null)
                {
                    context.Response.Headers["X-Synapse-Worker"] = worker;
                }

                // Of known length: HttpListener may end an empty chunked answer in the middle of its last chunk's header.
                var bytes = Encoding.UTF8.GetBytes(body);
                context.Response.ContentLength64 = bytes.Length;
                await context.Response.OutputStream.WriteAsync(bytes);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
