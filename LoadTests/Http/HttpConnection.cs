using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Http;

/// <summary>
/// One keep-alive connection over plain HTTP/1.1, one request at a time. It does what a load driver needs and no more: no redirects,
/// no cookies, no compression, no TLS. Every CPU-second that the driver burns on the lab's machine is one that Synapse does not get;
/// HttpClient costs 20 µs a request there and this a half of it (<c>./lab bench driver</c>).
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket;

    // One for all exchanges of this connection: set before, unset after.
    private readonly TimeProvider _time;
    private CancellationTokenSource _deadline;
    private byte[] _buffer = new byte[8 * 1024];

    // _buffer[_read.._filled] is what came and was not read yet.
    private int _read;
    private int _filled;

    private HttpConnection(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Where requests for this connection are put together.</summary>
    public RequestBuffer Request { get; } = new();

    /// <summary>Whether another request may be sent: the server keeps the connection open and no exchange was broken off.</summary>
    public bool Reusable { get; private set; } = true;

    /// <summary>Requests answered so far.</summary>
    public int Answered { get; private set; }

    /// <summary>Connects.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="time">The clock that time-outs are counted on.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<HttpConnection> OpenAsync(IPEndPoint to, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new HttpConnection(socket, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends what <see cref="Request"/> holds and reads the reply to its end.</summary>
    /// <param name="timeout">How long it may take at most.</param>
    /// <param name="cancellationToken">Breaks the exchange off; the connection is then not <see cref="Reusable"/>.</param>
    /// <exception cref="BrokenReplyException">The reply is no HTTP/1.1 or ended in its middle.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="TimeoutException">The reply was not there in time.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpReply> ExchangeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Only a reply that was read to its end makes the connection good again.
        Reusable = false;
        HttpReply reply;
        using (cancellationToken.UnsafeRegister(static deadline => ((CancellationTokenSource)deadline!).Cancel(), _deadline))
        {
            _deadline.CancelAfter(timeout);
            try
            {
                reply = await SendAndReadAsync(_deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(Invariant($"no reply within {timeout.TotalSeconds:0.###} s"));
            }
        }

        // Between the reply and this line the timer may have struck, or the caller have cancelled: the reply is whole all the same, and
        // what struck must not be the next exchange's deadline.
        if (!_deadline.TryReset())
        {
            _deadline.Dispose();
            _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        }

        return reply;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        _deadline.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpReply> SendAndReadAsync(CancellationToken cancellationToken)
    {
        _read = _filled = 0;
        var request = Request.Written;
        while (request.Length > 0)
        {
            request = request[await _socket.SendAsync(request, SocketFlags.None, cancellationToken)..];
        }

        int headLength;
        var searched = 0;
        while (true)
        {
            await FillAsync(cancellationToken);
            var end = _buffer.AsSpan(searched, _filled - searched).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                headLength = searched + end + 4;
                break;
            }

            // The end may lie across two reads.
            searched = Math.Max(0, _filled - 3);
        }

        var head = ReplyHead.Parse(_buffer.AsSpan(0, headLength));
        _read = headLength;
        var bodyStart = headLength;
        int bodyLength;
        if (head.Status is 204 or 304)
        {
            bodyLength = 0;
        }
        else if (head.Chunked)
        {
            bodyLength = await ReadChunksAsync(cancellationToken);
        }
        else if (head.Length >= 0)
        {
            bodyLength = checked((int)head.Length);
            while (_filled - _read < bodyLength)
            {
                await FillAsync(cancellationToken);
            }
        }
        else
        {
            bodyLength = await ReadToEndAsync(cancellationToken);
        }

        Reusable = !head.Close && (head.Chunked || head.Length >= 0 || head.Status is 204 or 304);
        Answered++;
        return new HttpReply(head.Status, _buffer.AsMemory(bodyStart, bodyLength), _buffer.AsMemory(head.Worker));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (!await TryFillAsync(cancellationToken))
        {
            throw new BrokenReplyException(
                $"the server closed the connection {(_filled == 0 ? "without a reply" : "in the middle of a reply")}",
                nothingCame: _filled == 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryFillAsync(CancellationToken cancellationToken)
    {
        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var came = await _socket.ReceiveAsync(_buffer.AsMemory(_filled), SocketFlags.None, cancellationToken);
        _filled += came;
        return came > 0;
    }

    /// <summary>Reads a chunked body (RFC 9112, 7.1) and moves its parts together in place:
    /// <c>5;ext\r\nhello\r\n0\r\nTrailer: x\r\n\r\n</c>.</summary>
    /// <returns>The length of the body, which begins where the head ended.</returns>
    private async ValueTask<int> ReadChunksAsync(CancellationToken cancellationToken)
    {
        var start = _read;
        var length = 0;
        while (true)
        {
            var line = await LineAsync(cancellationToken);
            var text = _buffer.AsSpan(line);
            if (!Utf8Parser.TryParse(text, out long size, out var digits, 'x') || digits == 0 || size is < 0 or > int.MaxValue)
            {
                var beginning = Encoding.Latin1.GetString(text[..Math.Min(20, text.Length)]);
                throw new BrokenReplyException($"the length of a chunk is no number: '{beginning}'");
            }

            if (size == 0)
            {
                break;
            }

            while (_filled - _read < size + 2)
            {
                await FillAsync(cancellationToken);
            }

            _buffer.AsSpan(_read, (int)size).CopyTo(_buffer.AsSpan(start + length));
            length += (int)size;
            _read += (int)size + 2;
        }

        for (var trailer = await LineAsync(cancellationToken); trailer.GetOffsetAndLength(_filled).Length > 0;)
        {
            trailer = await LineAsync(cancellationToken);
        }

        return length;
    }

    private async ValueTask<int> ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await TryFillAsync(cancellationToken))
        {
        }

        return _filled - _read;
    }

    /// <summary>The next line without its end; <see cref="_read"/> is then behind it.</summary>
    private async ValueTask<Range> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_read, _filled - _read).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = new Range(_read, _read + end);
                _read += end + 2;
                return line;
            }

            await FillAsync(cancellationToken);
        }
    }
}
