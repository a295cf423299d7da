using System.Buffers.Binary;
using System.Text;
using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Engine;

public sealed class LogLinesTests
{
    private const string Time = "2026-11-21T06:48:01.5Z";

    [Fact]
    public async Task Lines_come_with_their_stream_and_time()
    {
        var lines = await LinesAsync((1, $"{Time} out\n"), (2, $"{Time} err\r\n"));

        Assert.Equal([(LogStream.Output, "out"), (LogStream.Error, "err")], lines.Select(line => (line.Stream, line.Text)));
        Assert.All(lines, line => Assert.Equal(DateTimeOffset.Parse(Time, System.Globalization.CultureInfo.InvariantCulture), line.Time));
    }

    [Fact]
    public async Task A_line_longer_than_the_engine_s_buffer_is_put_together_again()
    {
        // 16384 bytes, and the last is the first of the two of a letter.
        var piece = new string('x', 16383);
        var lines = await ReadAsync([
            .. Frame(1, [.. Encoding.ASCII.GetBytes($"{Time} {piece}"), 0xC3]),
            .. Frame(2, Encoding.ASCII.GetBytes($"{Time} between\n")),
            .. Frame(1, [.. Encoding.ASCII.GetBytes($"{Time} "), 0xA4, (byte)'\n'])]);

        Assert.Equal(["between", $"{piece}ä"], lines.Select(line => line.Text));
    }

    [Fact]
    public async Task A_long_line_of_an_engine_that_does_not_cut_lines_is_whole()
    {
        var text = string.Join(' ', Enumerable.Range(0, 10_000));

        Assert.Equal([text], (await LinesAsync((1, $"{Time} {text}\n"))).Select(line => line.Text));
    }

    [Fact]
    public async Task The_rest_of_a_line_is_not_lost_when_the_container_ends() =>
        Assert.Equal(["half"], (await LinesAsync((1, $"{Time} half"))).Select(line => line.Text));

    [Fact]
    public async Task A_frame_that_breaks_off_ends_the_log_without_an_error()
    {
        var bytes = Frame(1, "2026-11-21T06:48:01.5Z whole\n"u8).Concat(Frame(1, "2026-11-21T06:48:01.5Z broken\n"u8).Take(12)).ToArray();

        Assert.Equal(["whole"], (await ReadAsync(bytes)).Select(line => line.Text));
    }

    // stdcopy.go of the engine: a third stream, Systemerr, for what it has to say itself.
    [Fact]
    public async Task What_the_engine_has_to_say_itself_is_an_error_and_no_output()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            LinesAsync((1, $"{Time} whole\n"), (3, "error grabbing logs: invalid character\n")));

        Assert.Equal("the container engine says: error grabbing logs: invalid character", error.Message);
    }

    private static Task<List<LogLine>> LinesAsync(params (byte Stream, string Text)[] frames) =>
        ReadAsync([.. frames.SelectMany(frame => Frame(frame.Stream, Encoding.UTF8.GetBytes(frame.Text)))]);

    private static async Task<List<LogLine>> ReadAsync(byte[] bytes)
    {
        var lines = new List<LogLine>();
        await foreach (var line in LogLines.ReadAsync(new MemoryStream(bytes), CancellationToken.None))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static byte[] Frame(byte stream, ReadOnlySpan<byte> body)
    {
        var frame = new byte[8 + body.Length];
        frame[0] = stream;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), body.Length);
        body.CopyTo(frame.AsSpan(8));
        return frame;
    }
}
