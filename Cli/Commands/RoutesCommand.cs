using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Cli.Commands;

/// <summary>
/// <c>./lab routes [TOPOLOGY] [--json]</c>: the whole map; <c>./lab routes TOPOLOGY METHOD PATH</c>: where this request goes, and why.
/// </summary>
internal sealed class RoutesCommand : ILabCommand
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

    public Command Build(LabServices services)
    {
        var topology = new Argument<string?>("topology") { Description = "Name or file of a topology; without one, who may serve what", Arity = ArgumentArity.ZeroOrOne };
        var method = new Argument<string?>("method") { Description = string.Join(", ", Methods), Arity = ArgumentArity.ZeroOrOne };
        var path = new Argument<string?>("path") { Description = "Path and query as a client sends them", Arity = ArgumentArity.ZeroOrOne };
        var authorization = new Option<string?>("--authorization") { Description = "Value of the Authorization header: \"Bearer syt_...\", \"X-Matrix origin=...\"", HelpName = "VALUE" };
        var from = new Option<string>("--from") { Description = "The client's address", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var homeserver = LabOptions.Homeserver();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("routes", "Show which process serves which request, or where one request goes and why") { topology, method, path, authorization, from, homeserver, json };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(topology);
            var map = name is null ? null : RouteMap.Build(new TopologyLibrary(services.Root.Value.Topologies).Load(name));
            if (parsed.GetValue(method) is not { } word)
            {
                var catalogue = map?.Catalogue ?? EndpointCatalogue.Load();
                Print(services, parsed.GetValue(json), RouteReport.Lines(catalogue, map), () => RouteReport.Json(catalogue, map));
                return ExitCodes.Fine;
            }

            var target = parsed.GetValue(path) ?? throw LabException.WrongUse("the path is missing", fix: $"For example: ./lab routes {name} {word} /_matrix/client/v3/sync");
            if (!IPAddress.TryParse(parsed.GetValue(from), out var address))
            {
                throw LabException.WrongUse($"'{parsed.GetValue(from)}' is no address");
            }

            var request = new HttpRequestLine(word, target) { Authorization = parsed.GetValue(authorization), RemoteAddress = address };
            Check(map!.Catalogue, request);
            var decision = map.Decide(request, parsed.GetValue(homeserver));
            Print(services, parsed.GetValue(json), RouteReport.Lines(request, decision), () => RouteReport.Json(request, decision));
            return ExitCodes.Fine;
        });
        return command;
    }

    private static void Check(EndpointCatalogue catalogue, HttpRequestLine request)
    {
        if (!Methods.Contains(request.Method))
        {
            throw LabException.WrongUse($"unknown method '{request.Method}'", fix: $"Use one of: {string.Join(", ", Methods)}");
        }

        if (!request.Path.StartsWith('/'))
        {
            throw LabException.WrongUse($"'{request.Target}' is no path", fix: "A path starts with '/'");
        }

        if (catalogue.Find(request.Method, request.Path, request.Query) is null)
        {
            var methods = catalogue.Entries.Where(entry => entry.Path.Matches(request.Path)).SelectMany(entry => entry.Methods).Distinct().ToArray();
            throw methods.Length == 0 || methods is ["OPTIONS"]
                ? LabException.WrongUse($"no endpoint of Synapse has the path {request.Path}", fix: "main would get it and answer 404")
                : LabException.WrongUse($"{request.Path} does not take {request.Method}", fix: $"It takes {string.Join(", ", methods)}; main would get it and answer 405");
        }
    }

    private static void Print(LabServices services, bool json, IEnumerable<string> lines, Func<JsonNode> toJson)
    {
        if (json)
        {
            services.Output.WriteLine(toJson().ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
            return;
        }

        foreach (var line in lines)
        {
            services.Output.WriteLine(line);
        }
    }
}
