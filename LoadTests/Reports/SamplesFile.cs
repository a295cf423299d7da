using System.Buffers.Text;
using System.Text;
using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Reports;

/// <summary>
/// All samples of a run as CSV, written while it runs:
/// <code>
/// intended_s,latency_ms,service_ms,operation,status,worker,bytes
/// 0.016720,23.412,20.730,typing,200,generic_worker1,2
/// </code>
/// Latency counts from the intended start (<see cref="Sample.Latency"/>), service from the real one. The file has a temporary name until it
/// is closed, and holds whole lines only, also when the disk is full.
/// </summary>
internal sealed class SamplesFile : IDisposable
{
    private const string Head = "intended_s,latency_ms,service_ms,operation,status,worker,bytes\n";
    private const int LongestLine = 256;
    private readonly Stream _stream;
    private readonly string? _name;
    private readonly string? _temporary;
    private readonly byte[][] _operations;
    private readonly byte[][] _workers;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private long _whole;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Where it will be when it is closed.</param>
    /// <param name="workers">Names of the processes that samples have indexes of.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SamplesFile(string path, IReadOnlyList<string> workers) : this(Unbuffered(path + ".part"), workers)
    {
        _name = path;
        _temporary = path + ".part";
    }

    /// <summary>Writes to any stream that can be cut.</summary>
    /// <param name="stream">Closed with the file.</param>
    /// <param name="workers">Names of the processes that samples have indexes of.</param>
    public SamplesFile(Stream stream, IReadOnlyList<string> workers)
    {
        _stream = stream;
        _workers = [.. workers.Select(Encoding.UTF8.GetBytes)];
        _operations = [.. Enum.GetValues<OperationKind>().Select(kind => Encoding.ASCII.GetBytes(kind.Name()))];
        Put(Encoding.ASCII.GetBytes(Head));
    }

    /// <summary>Why writing ended before the run did; null: it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Adds samples. Does nothing any more once the disk was full.</summary>
    public void Add(ReadOnlySpan<Sample> samples)
    {
        foreach (ref readonly var sample in samples)
        {
            if (Failure is not null)
            {
                return;
            }

            if (_buffer.Length - _filled < LongestLine)
            {
                Flush();
            }

            Put(sample.Intended / 1e9, 6);
            Put(sample.Latency / 1e6, 3);
            Put((sample.Ended - sample.Started) / 1e6, 3);
            Put(_operations[(int)sample.Operation]);
            Put((byte)',');
            Put(sample.Status);
            Put(sample.Worker < _workers.Length ? _workers[sample.Worker] : []);
            Put((byte)',');
            Utf8Formatter.TryFormat(sample.Bytes, _buffer.AsSpan(_filled), out var written);
            _filled += written;
            Put((byte)'\n');
        }
    }

    /// <summary>Writes what is left and gives the file its name.</summary>
    public void Close()
    {
        Flush();
        _stream.Dispose();
        if (_temporary is not null && File.Exists(_temporary))
        {
            File.Move(_temporary, _name!, overwrite: true);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();

    // Whole lines are put together here.
    private static FileStream Unbuffered(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private void Flush()
    {
        if (Failure is not null || _filled == 0)
        {
            return;
        }

        try
        {
            _stream.Write(_buffer, 0, _filled);
            _stream.Flush();
            _whole += _filled;
            _filled = 0;
        }
        catch (IOException e)
        {
            Failure = e.Message;

            // A part of the buffer may have been written, and end in the middle of a line: what is whole of it stays.
            var written = (int)Math.Clamp(_stream.Length - _whole, 0, _filled);
            _stream.SetLength(_whole + _buffer.AsSpan(0, written).LastIndexOf((byte)'\n') + 1);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }

    private void Put(byte one) => _buffer[_filled++] = one;

    private void Put(ushort number)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_filled), out var written);
        _filled += written;
        Put((byte)',');
    }

    private void Put(double number, byte digits)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_filled), out var written, new System.Buffers.StandardFormat('F', digits));
        _filled += written;
        Put((byte)',');
    }
}
