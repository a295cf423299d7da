using System.CommandLine;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab user NAME [--password P] [--admin]</c>: registers a user with the shared secret (Synapse's docs/admin_api/register_api.md).</summary>
internal sealed class UserCommand : ILabCommand
{
    private const string Path = "/_synapse/admin/v1/register";

    public Command Build(LabServices services)
    {
        var user = new Argument<string>("user") { Description = "Localpart: alice" };
        var password = new Option<string?>("--password") { Description = "A random one where left out", HelpName = "PASSWORD" };
        var admin = new Option<bool>("--admin") { Description = "Make the user a server administrator" };
        var homeserver = LabOptions.Homeserver();
        var name = LabOptions.Name();
        var command = new Command("user", "Register a user and print user ID, password and access token") { user, password, admin, homeserver, name };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            parsed.GetValue(name),
            parsed.GetRequiredValue(homeserver),
            (parsed.GetRequiredValue(user), parsed.GetValue(password) ?? RandomNumberGenerator.GetHexString(16, lowercase: true), parsed.GetValue(admin)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services,
        string? name,
        string homeserver,
        (string Name, string Password, bool Admin) user,
        CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var secret = await lab.RegistrationSharedSecretAsync(homeserver, cancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = lab.ClientUri(homeserver) };
        using var nonce = JsonDocument.Parse(await http.GetStringAsync(Path, cancellationToken));
        var word = nonce.RootElement.GetProperty("nonce").GetString();
        var text = string.Join('\0', word, user.Name, user.Password, user.Admin ? "admin" : "notadmin");
        var body = new
        {
            nonce = word,
            username = user.Name,
            password = user.Password,
            admin = user.Admin,
            mac = Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text))),
        };
        using var response = await http.PostAsJsonAsync(Path, body, cancellationToken);
        using var reply = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        if (!response.IsSuccessStatusCode)
        {
            throw LabException.Failed($"Synapse refused user '{user.Name}': {reply.RootElement.GetProperty("error").GetString()}");
        }

        services.Output.WriteLine($"user      {reply.RootElement.GetProperty("user_id").GetString()}");
        services.Output.WriteLine($"password  {user.Password}");
        services.Output.WriteLine($"token     {reply.RootElement.GetProperty("access_token").GetString()}");
        services.Output.WriteLine($"server    {lab.ClientUri(homeserver).OriginalString}");
        return ExitCodes.Fine;
    }
}
