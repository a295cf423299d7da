using System.CommandLine;
using System.CommandLine.Parsing;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Yaml;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab up [TOPOLOGY] [--detach] [--name LAB] [--ports OFFSET] [--runtime RUNTIME] [--empty-database] [--keep] [--json]</c>.</summary>
internal sealed class UpCommand : ILabCommand
{
    private const string Default = "reference";

    public Command Build(LabServices services)
    {
        var topology = new Argument<string>("topology") { Description = "Name of a topology, or a path to one", DefaultValueFactory = _ => Default };
        var named = new Option<string?>("--topology") { Description = "The same as TOPOLOGY", HelpName = "TOPOLOGY" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Leave it running; otherwise Ctrl-C takes everything down" };
        var name = new Option<string?>("--name", "-n") { Description = "Name of the lab; the topology's where left out", HelpName = "LAB" };
        var ports = new Option<int?>("--ports") { Description = "Add this to every port: 100 gives clients port 8108; where left out, as much as other labs need", HelpName = "OFFSET" };
        var runtime = new Option<string>("--runtime") { Description = "What starts the containers", HelpName = "RUNTIME", DefaultValueFactory = _ => services.Runtimes[0].Name };
        var empty = new Option<bool>("--empty-database") { Description = "Let main create the schema, as a new installation does" };
        var keep = new Option<bool>("--keep") { Description = "Keep a lab that does not start as it is, for status, logs and collect, until down" };
        var json = new Option<bool>("--json") { Description = "With --detach: print one JSON object when all is healthy; progress goes to standard error" };
        var command = new Command("up", "Start a topology and show when each part becomes healthy") { topology, named, detach, name, ports, runtime, empty, keep, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            parsed.GetValue(named) ?? parsed.GetRequiredValue(topology),
            parsed.GetValue(detach),
            services.Runtimes.Single(choice => choice.Name == parsed.GetRequiredValue(runtime)),
            (parsed.GetValue(name), parsed.GetValue(ports), parsed.GetValue(empty), parsed.GetValue(keep), parsed.GetValue(json)),
            cancellationToken));
        // By tokens: values can't be asked for where an option came without one.
        runtime.Validators.Add(result => Refuse(result, word => services.Runtimes.Any(choice => choice.Name == word)
            ? null
            : $"there is no runtime '{word}'. {Spelling.SuggestAmong(word, services.Runtimes.Select(choice => choice.Name), "There are")}"));
        json.Validators.Add(result =>
        {
            // Without it the command ends when the lab is gone.
            if (result.GetValue(json) && !result.GetValue(detach))
            {
                result.AddError("--json needs --detach");
            }
        });
        ports.Validators.Add(result => Refuse(result, word => int.TryParse(word, out var offset) && offset is >= 0 and <= 60000 ? null : "--ports takes a number from 0 to 60000"));
        return command;
    }

    private static void Refuse(SymbolResult result, Func<string, string?> problemOf)
    {
        foreach (var problem in result.Tokens.Select(token => problemOf(token.Value)).OfType<string>())
        {
            result.AddError(problem);
        }
    }

    private static async Task<int> RunAsync(
        LabServices services,
        string topologyName,
        bool detach,
        RuntimeChoice chosen,
        (string? Name, int? Ports, bool EmptyDatabase, bool Keep, bool Json) options,
        CancellationToken cancellationToken)
    {
        var root = services.Root.Value;
        var topology = new TopologyLibrary(root.Topologies).Load(topologyName);
        var request = new LabStartRequest(topology) { LabName = options.Name, PortOffset = options.Ports, PreparedDatabase = !options.EmptyDatabase, KeepFailed = options.Keep };
        using var engine = services.CreateEngine();
        var processes = new ProcessTable();
        var starter = new LabStarter(root, engine, services.Time, processes);
        var runtime = chosen.Create(engine, new LabCleaner(engine, processes, services.Time));
        var report = new StartReport(options.Json ? services.Error : services.Output, services.Error);
        report.Note($"lab {request.Name}: starting topology {topology.Name}");
        var begun = services.Time.GetTimestamp();
        bool started;
        try
        {
            started = await starter.StartAsync(request, runtime, report, cancellationToken);
        }
        catch (Exception e) when (report.ToldOfFailure && ExitCodeOf(e) is not null)
        {
            var left = e is LabException known ? known.Left : [];
            foreach (var problem in left)
            {
                services.Error.WriteLine($"lab: {problem}");
            }

            services.Error.WriteLine(LabState.TryLoad(root.Lab(request.Name)) is { Phase: LabPhase.Failed }
                ? $"lab: lab {request.Name} did not start and is kept as it is. Look at it ({ToType.On(request.Name, "status")}), keep its logs ({ToType.On(request.Name, "collect", "DIR")}), take it down: {ToType.Lab("down", request.Name)}"
                : left.Count == 0
                ? $"lab: lab {request.Name} did not start; everything of it was removed again"
                : $"lab: lab {request.Name} did not start, and not everything of it could be removed. Try again: {ToType.Lab("down", request.Name)}");
            return ExitCodeOf(e)!.Value;
        }

        var state = LabState.TryLoad(root.Lab(request.Name)) ?? throw LabException.Failed($"lab '{request.Name}' was removed while it started");
        if (options.Json)
        {
            services.Output.WriteJson(LabJson.Started(state, root.Lab(request.Name), started, services.Time.GetElapsedTime(begun).TotalSeconds));
            return ExitCodes.Fine;
        }

        services.Output.WriteLine(started
            ? $"healthy after {services.Time.GetElapsedTime(begun).TotalSeconds:0.0} s"
            : $"lab {request.Name} is running already; nothing was changed");
        services.Output.WriteLine();
        LabOutput.WriteEndpoints(services.Output, state.Deployment);
        services.Output.WriteLine();
        LabOutput.WriteHints(services.Output, state.Deployment);
        if (detach || !started)
        {
            return ExitCodes.Fine;
        }

        services.Output.WriteLine();
        services.Output.WriteLine("Ctrl-C takes everything down.");
        return await new AttachedLab(services, starter, runtime, engine).RunAsync(request.Name, cancellationToken);
    }

    // Of what the report has told in full already; null: of something that nobody thought of.
    private static int? ExitCodeOf(Exception e) => e switch
    {
        LabException known => known.ExitCode,
        OperationCanceledException => ExitCodes.Failed,
        _ when DiskProblem.Of(e) is not null => ExitCodes.WrongUse,
        EngineException or IOException => ExitCodes.Failed,
        _ => null,
    };
}
