namespace SynapseLab.Scenarios.Matrix;

// Syncing.
public sealed partial class MatrixClient
{
    /// <summary>One /sync.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<SyncResponse> SyncAsync(SyncRequest request, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Get,
            "/_matrix/client/v3/sync" + request.ToQuery(),
            null,
            MatrixJson.Default.SyncResponse,
            request.Timeout + AnswerWithin,
            cancellationToken);
}
