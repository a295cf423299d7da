using SynapseLab.Plans;
using SynapseLab.Runtimes;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>Registers users with a homeserver's shared secret, as an administrator would (Synapse's
/// docs/admin_api/register_api.md).</summary>
public static class UserRegistration
{
    /// <summary>Registers one.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="homeserver">The homeserver's server_name or short name; null: the first.</param>
    /// <param name="user">Who.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The user's first device, logged in.</returns>
    /// <exception cref="LabException">Synapse refused, or nobody serves the request (exit code 1); the homeserver delegates login (exit
    /// code 2).</exception>
    public static async Task<Session> RegisterAsync(RunningLab lab, string? homeserver, NewUser user, CancellationToken cancellationToken)
    {
        DelegatedLogin.Refuse([lab.Deployment.HomeserverOf(homeserver)], "the verb user");
        var secret = await lab.RegistrationSharedSecretAsync(homeserver, cancellationToken);
        using var connections = new MatrixConnections();
        try
        {
            return await new MatrixClient(connections.Http, lab.ClientUri(homeserver))
                .RegisterWithSecretAsync(user.Localpart, user.Password, secret, user.Admin, cancellationToken);
        }
        catch (MatrixException e) when (e.Worker is not null && !e.IsUnavailable)
        {
            throw LabException.Failed($"Synapse refused user '{user.Localpart}': {e.Error.TrimEnd('.')}", inner: e);
        }
        catch (Exception e) when (e is MatrixException or HttpRequestException or TimeoutException)
        {
            throw LabException.Failed(
                $"user '{user.Localpart}' could not be registered, nobody serves the request: {Short(e)}",
                fix: $"See {ToType.On(lab.Name, "status")}",
                inner: e);
        }
    }

    private static string Short(Exception e) =>
        e is MatrixException refused ? $"HTTP {(int)refused.Status}" : e.GetBaseException().Message.TrimEnd('.');
}
