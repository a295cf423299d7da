using System.Buffers.Binary;
using System.Text;
using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

public sealed class MultiplexedStreamTests
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
        var lines = await LinesAsync((1, $"{Time} first "), (2, $"{Time} between\n"), (1, $"{Time} second\n"));

        Assert.Equal(["between", "first second"], lines.Select(line => line.Text));
    }

    [Fact]
    public async Task The_rest_of_a_line_is_not_lost_when_the_container_ends() =>
        Assert.Equal(["half"], (await LinesAsync((1, $"{Time} half"))).Select(line => line.Text));

    [Fact]
    public async Task A_frame_that_breaks_off_ends_the_log_without_an_error()
    {
        var bytes = Frame(1, $"{Time} whole\n").Concat(Frame(1, $"{Time} broken\n").Take(12)).ToArray();

        Assert.Equal(["whole"], (await ReadAsync(bytes)).Select(line => line.Text));
    }

    // stdcopy.go of the engine: a third stream, Systemerr, for what it has to say itself.
    [Fact]
    public async Task What_the_engine_has_to_say_itself_is_an_error_and_no_output()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => LinesAsync((1, $"{Time} whole\n"), (3, "error grabbing logs: invalid character\n")));

        Assert.Equal("the container engine says: error grabbing logs: invalid character", error.Message);
    }

    private static Task<List<LogLine>> LinesAsync(params (byte Stream, string Text)[] frames) =>
        ReadAsync([.. frames.SelectMany(frame => Frame(frame.Stream, frame.Text))]);

    private static async Task<List<LogLine>> ReadAsync(byte[] bytes)
    {
        var lines = new List<LogLine>();
        await foreach (var line in MultiplexedStream.LinesAsync(new MemoryStream(bytes), CancellationToken.None))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static byte[] Frame(byte stream, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var frame = new byte[8 + body.Length];
        frame[0] = stream;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), body.Length);
        body.CopyTo(frame, 8);
        return frame;
    }
}
