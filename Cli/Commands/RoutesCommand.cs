using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Cli.Commands;

/// <summary>
/// <c>./lab routes [TOPOLOGY] [--json]</c>: the whole map; <c>./lab routes TOPOLOGY METHOD PATH</c>: where this request goes, and why.
/// </summary>
internal sealed class RoutesCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var topology = new Argument<string?>("topology")
        {
            Description = "Name or file of a topology; without one, who may serve what",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var method = new Argument<string?>("method")
        {
            Description = string.Join(", ", RouteQuestion.Methods),
            Arity = ArgumentArity.ZeroOrOne,
        };
        var path = new Argument<string?>("path")
        {
            Description = "Path and query as a client sends them",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var authorization = new Option<string?>("--authorization")
        {
            Description = "Value of the Authorization header: \"Bearer syt_...\", \"X-Matrix origin=...\"",
            HelpName = "VALUE",
        };
        var from = new Option<string>("--from")
        {
            Description = "The client's address",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var homeserver = LabOptions.Homeserver();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("routes", "Show which process serves which request, or where one request goes and why")
        {
            topology, method, path, authorization, from, homeserver, json,
        };
        command.SetAction(parsed =>
        {
            var (name, word) = (parsed.GetValue(topology), parsed.GetValue(method));
            CheckOrder(name, word);
            var map = name is null ? null : RouteMap.Build(new TopologyLibrary(services.Root.Value.Topologies).Load(name));
            if (word is null)
            {
                RefuseOfOneRequest(parsed, name, authorization, from, homeserver);
                var catalogue = map?.Catalogue ?? EndpointCatalogue.Load();
                Print(services, parsed.GetValue(json), RouteReport.Lines(catalogue, map), () => RouteReport.Json(catalogue, map));
                return ExitCodes.Fine;
            }

            RouteQuestion.CheckMethod(word);
            var target = parsed.GetValue(path)
                ?? throw LabException.WrongUse("the path is missing", fix: $"For example: {Example(name, word)}");
            var address = IPAddress.TryParse(parsed.GetValue(from), out var given)
                ? given
                : throw LabException.WrongUse(
                    $"--from takes an IP address, not '{parsed.GetValue(from)}'", fix: "For example: --from 192.0.2.1");
            var request = new HttpRequestLine(word, target) { Authorization = parsed.GetValue(authorization), RemoteAddress = address };
            RouteQuestion.Check(map!.Catalogue, request);
            var decision = map.Decide(request, parsed.GetValue(homeserver));
            Print(services, parsed.GetValue(json), RouteReport.Lines(request, decision), () => RouteReport.Json(request, decision));
            return ExitCodes.Fine;
        });
        return command;
    }

    private static void RefuseOfOneRequest(ParseResult parsed, string? topology, params IEnumerable<Option> ofOneRequest)
    {
        if (ofOneRequest.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } option)
        {
            var words = parsed.GetResult(option)!.Tokens.Select(token => token.Value).Prepend(option.Name);
            throw LabException.WrongUse(
                $"{option.Name} belongs to one request, but there is none", fix: $"For example: {Example(topology, "GET", words)}");
        }
    }

    // People leave out a word in front of what they want to know.
    private static void CheckOrder(string? topology, string? method)
    {
        if (topology is not null && RouteQuestion.Methods.Contains(topology, StringComparer.OrdinalIgnoreCase))
        {
            var example = Example("reference", topology.ToUpperInvariant());
            throw LabException.WrongUse("the topology is missing", fix: $"It comes before the method: {example}");
        }

        if (method?.StartsWith('/') == true)
        {
            var example = ToType.Lab("routes", topology!, "GET", method);
            throw LabException.WrongUse("the method is missing", fix: $"It comes before the path: {example}");
        }
    }

    private static string Example(string? topology, string method, params IEnumerable<string> more) =>
        ToType.Lab(["routes", topology ?? "reference", method, "/_matrix/client/v3/sync", .. more]);

    private static void Print(LabServices services, bool json, IEnumerable<string> lines, Func<JsonNode> toJson)
    {
        if (json)
        {
            services.Output.WriteLine(toJson().ToJsonString(LabJson.Indented));
            return;
        }

        foreach (var line in lines)
        {
            services.Output.WriteLine(line);
        }
    }
}
