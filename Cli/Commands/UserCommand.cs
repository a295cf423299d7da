using System.CommandLine;
using System.Text.Json.Nodes;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Topologies;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab user NAME [--password P] [--admin] [--homeserver SERVER] [--json]</c>: registers a user with the shared secret
/// (Synapse's docs/admin_api/register_api.md).</summary>
internal sealed class UserCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var user = new Argument<string>("user") { Description = "Localpart or whole user ID: alice, @alice:hs1.test" };
        var password = new Option<string?>("--password") { Description = "A random one where left out", HelpName = "PASSWORD" };
        var admin = new Option<bool>("--admin") { Description = "Make the user a server administrator" };
        var homeserver = LabOptions.Homeserver();
        var name = LabOptions.Name();
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("user", "Register a user and print user ID, password and access token")
        {
            user, password, admin, homeserver, name, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            parsed.GetValue(name),
            parsed.GetValue(homeserver),
            new NewUser(parsed.GetRequiredValue(user), parsed.GetValue(password) ?? NewUser.RandomPassword(), parsed.GetValue(admin)),
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services,
        string? name,
        string? homeserver,
        NewUser user,
        bool json,
        CancellationToken cancellationToken)
    {
        if (user.Localpart.StartsWith('@'))
        {
            (var localpart, homeserver) = OfUserId(user.Localpart, homeserver);
            user = user with { Localpart = localpart };
        }

        await using var lab = await services.AttachAsync(name, cancellationToken);
        var session = await UserRegistration.RegisterAsync(lab, homeserver, user, cancellationToken);
        if (json)
        {
            services.Output.WriteJson(new JsonObject
            {
                ["user_id"] = session.UserId,
                ["password"] = user.Password,
                ["access_token"] = session.AccessToken,
                ["client_uri"] = lab.ClientUri(homeserver).OriginalString,
            });
            return ExitCodes.Fine;
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
        if (userId[1..].Split(':', 2) is not [var localpart, var server])
        {
            return (userId[1..], homeserver);
        }

        return homeserver is null || homeserver == server || homeserver == HomeserverTopology.KeyOf(server)
            ? (localpart, server)
            : throw LabException.WrongUse(
                $"{userId} is a user of {server}, and --homeserver is {homeserver}",
                fix: $"Leave out --homeserver, or write {localpart} alone");
    }
}
