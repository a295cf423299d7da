using System.CommandLine;
using System.Security.Cryptography;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Topologies;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab user NAME [--password P] [--admin] [--homeserver SERVER]</c>: registers a user with the shared secret (Synapse's docs/admin_api/register_api.md).</summary>
internal sealed class UserCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var user = new Argument<string>("user") { Description = "Localpart or whole user ID: alice, @alice:hs1.test" };
        var password = new Option<string?>("--password") { Description = "A random one where left out", HelpName = "PASSWORD" };
        var admin = new Option<bool>("--admin") { Description = "Make the user a server administrator" };
        var homeserver = LabOptions.Homeserver();
        var name = LabOptions.Name();
        var command = new Command("user", "Register a user and print user ID, password and access token") { user, password, admin, homeserver, name };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            parsed.GetValue(name),
            parsed.GetValue(homeserver),
            (parsed.GetRequiredValue(user), parsed.GetValue(password) ?? RandomNumberGenerator.GetHexString(16, lowercase: true), parsed.GetValue(admin)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services,
        string? name,
        string? homeserver,
        (string Name, string Password, bool Admin) user,
        CancellationToken cancellationToken)
    {
        if (user.Name.StartsWith('@'))
        {
            (user.Name, homeserver) = OfUserId(user.Name, homeserver);
        }

        await using var lab = await services.AttachAsync(name, cancellationToken);
        DelegatedLogin.Refuse([lab.Deployment.HomeserverOf(homeserver)], "the verb user");
        var secret = await lab.RegistrationSharedSecretAsync(homeserver, cancellationToken);
        using var connections = new MatrixConnections();
        Session session;
        try
        {
            session = await new MatrixClient(connections.Http, lab.ClientUri(homeserver)).RegisterWithSecretAsync(user.Name, user.Password, secret, user.Admin, cancellationToken);
        }
        catch (MatrixException e) when (e.Worker is not null && !e.IsUnavailable)
        {
            throw LabException.Failed($"Synapse refused user '{user.Name}': {e.Error.TrimEnd('.')}", inner: e);
        }
        catch (Exception e) when (e is MatrixException or HttpRequestException or TimeoutException)
        {
            throw LabException.Failed($"user '{user.Name}' could not be registered, nobody serves the request: {Short(e)}", fix: $"See {ToType.On(lab.Name, "status")}", inner: e);
        }

        services.Output.WriteLine($"user      {session.UserId}");
        services.Output.WriteLine($"password  {user.Password}");
        services.Output.WriteLine($"token     {session.AccessToken}");
        services.Output.WriteLine($"server    {lab.ClientUri(homeserver).OriginalString}");
        return ExitCodes.Fine;
    }

    // @alice:hs1.test, or @alice
    private static (string Localpart, string? Homeserver) OfUserId(string userId, string? homeserver)
    {
        var parts = userId[1..].Split(':', 2);
        return parts switch
        {
            [var localpart, var server] when homeserver is not null && server != homeserver && Homeservers.KeyOf(server) != homeserver =>
                throw LabException.WrongUse($"{userId} is a user of {server}, and --homeserver is {homeserver}", fix: $"Leave out --homeserver, or write {localpart} alone"),
            [var localpart, var server] => (localpart, server),
            _ => (parts[0], homeserver),
        };
    }

    private static string Short(Exception e) => e is MatrixException refused ? $"HTTP {(int)refused.Status}" : e.GetBaseException().Message.TrimEnd('.');
}
