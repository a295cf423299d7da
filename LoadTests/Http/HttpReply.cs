namespace SynapseLab.LoadTests.Http;

/// <summary>A reply, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body without transfer coding; lies in the connection's buffer and holds until its next request.</param>
/// <param name="Worker">Value of the header X-Synapse-Worker, as the proxy of the lab sends it; empty where there was none. Holds as long
/// as the body.</param>
internal readonly record struct HttpReply(int Status, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Worker)
{
    /// <summary>Whether the status is 2xx.</summary>
    public bool Succeeded => Status is >= 200 and < 300;
}
