using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Http;
using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>What a reply, or its absence, is counted as.</summary>
/// <param name="processes">See <see cref="WorkloadTarget.Processes"/>.</param>
internal sealed class ReplyOutcomes(IReadOnlyList<string> processes)
{
    private readonly byte[][] _workers = [.. processes.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The outcome of a request that was answered.</summary>
    public OperationOutcome Of(HttpReply reply)
    {
        var worker = Sample.NoWorker;
        for (var i = 0; i < _workers.Length; i++)
        {
            if (reply.Worker.Span.SequenceEqual(_workers[i]))
            {
                worker = (ushort)i;
                break;
            }
        }

        return new OperationOutcome(reply.Status, worker, reply.Body.Length, reply.Succeeded ? null : Refusal(reply));
    }

    /// <summary>What is counted for an exception; null: it is none of a request that failed.</summary>
    public static string? Reason(Exception e) => e switch
    {
        TimeoutException => "no reply in time",
        SocketException socket => $"connection: {socket.SocketErrorCode}",
        BrokenReplyException => e.Message,
        IOException => "connection broken",
        JsonException => "the reply is no JSON",
        _ => null,
    };

    // {"errcode":"M_LIMIT_EXCEEDED","error":"..."}; what the proxy says itself is HTML.
    private static string Refusal(HttpReply reply)
    {
        try
        {
            return JsonText.First(reply.Body.Span, "errcode"u8) is { } code ? $"HTTP {reply.Status} {code}" : $"HTTP {reply.Status}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return $"HTTP {reply.Status}";
        }
    }
}
