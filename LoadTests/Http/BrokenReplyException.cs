namespace SynapseLab.LoadTests.Http;

/// <summary>What came back is no HTTP/1.1 reply, or ended in the middle of one.</summary>
/// <param name="message">What was seen.</param>
/// <param name="nothingCame">Whether the connection ended before the first byte of a reply: on a connection that was used before,
/// the server may have closed it for idleness, and the request can be sent again.</param>
internal sealed class BrokenReplyException(string message, bool nothingCame = false) : IOException(message)
{
    /// <summary>Whether the connection ended before the first byte of a reply.</summary>
    public bool NothingCame { get; } = nothingCame;
}
