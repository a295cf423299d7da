using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Matrix;

namespace SynapseLab.Hosting.Commands;

/// <summary>Commands on a homeserver: <c>./lab user</c> and <c>./lab routes</c>.</summary>
/// <param name="commands">Adds them.</param>
internal sealed class HomeserverCommands(LabCommand commands)
{
    /// <summary>Adds both.</summary>
    /// <param name="resource">The resource.</param>
    public void AddTo(IResourceBuilder<SynapseResource> resource)
    {
        commands.AddOnLab(
            resource,
            "register-user",
            "Register a user",
            new CommandOptions
            {
                Description = "Registers a user and shows password and access token.",
                IconName = "PersonAdd",
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = "name",
                        Label = "Name",
                        InputType = InputType.Text,
                        Required = true,
                        Placeholder = "alice",
                        Description = "The user ID without @ and server name.",
                    },
                    new InteractionInput { Name = "admin", Label = "Server administrator", InputType = InputType.Boolean },
                ],
            },
            (lab, context) => RegisterAsync(lab, resource.Resource.Homeserver, context));
        LabCommand.Add(
            resource,
            "route",
            "Where does a request go?",
            new CommandOptions
            {
                Description = "Shows which process serves a request, and why.",
                IconName = "ArrowRouting",
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = "method",
                        Label = "Method",
                        InputType = InputType.Choice,
                        Required = true,
                        Value = "GET",
                        Options = [.. RouteQuestion.Methods.Select(method => KeyValuePair.Create(method, method))],
                    },
                    new InteractionInput
                    {
                        Name = "path",
                        Label = "Path",
                        InputType = InputType.Text,
                        Required = true,
                        Placeholder = "/_matrix/client/v3/sync",
                        Description = "Path and query as a client sends them.",
                    },
                    new InteractionInput
                    {
                        Name = "authorization",
                        Label = "Authorization",
                        InputType = InputType.Text,
                        Placeholder = "Bearer syt_...",
                        Description = "Value of the header, where a user's affinity matters.",
                    },
                ],
            },
            context => Task.FromResult(Route(resource.Resource.Deployment.BuildRoutes(), resource.Resource.Homeserver, context)));
    }

    private static async Task<ExecuteCommandResult> RegisterAsync(RunningLab lab, Homeserver homeserver, ExecuteCommandContext context)
    {
        var admin = context.Arguments.TryGetByName("admin", out var ticked) && bool.TryParse(ticked.Value, out var yes) && yes;
        var user = new NewUser(context.Arguments.GetString("name") ?? "", NewUser.RandomPassword(), admin);
        var session = await UserRegistration.RegisterAsync(lab, homeserver.Key, user, context.CancellationToken);
        return Shown(
            $"{session.UserId} is registered",
            [
                $"user      {session.UserId}",
                $"password  {user.Password}",
                $"token     {session.AccessToken}",
                $"server    {lab.ClientUri(homeserver.Key).OriginalString}",
            ]);
    }

    private static ExecuteCommandResult Route(RouteMap map, Homeserver homeserver, ExecuteCommandContext context)
    {
        var method = context.Arguments.GetString("method") ?? "";
        RouteQuestion.CheckMethod(method);
        var authorization = LabCommand.Given(context, "authorization");
        var request = new HttpRequestLine(method, (context.Arguments.GetString("path") ?? "").Trim()) { Authorization = authorization };
        RouteQuestion.Check(map.Catalogue, request);
        var decision = map.Decide(request, homeserver.Key);
        var goal = decision.Instance?.Id ?? decision.Pool?.Name ?? "nobody";
        return Shown($"{method} {request.Path} goes to {goal}", RouteReport.Lines(request, decision));
    }

    private static ExecuteCommandResult Shown(string message, IEnumerable<string> lines) =>
        CommandResults.Success(message, string.Join('\n', lines), CommandResultFormat.Text, displayImmediately: true);
}
