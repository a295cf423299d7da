using System.CommandLine;
using System.CommandLine.Parsing;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Yaml;

namespace SynapseLab.Cli.Commands;

/// <summary>
/// <c>./lab up [TOPOLOGY] [--detach] [--name LAB] [--ports OFFSET] [--runtime RUNTIME] [--empty-database] [--keep] [--json]</c>: starts a
/// topology, and stays with it or leaves it running.
/// </summary>
internal sealed class UpCommand : ILabCommand
{
    private const string Default = "reference";

    public Command Build(LabServices services)
    {
        var topology = new Argument<string>("topology")
        {
            Description = "Name of a topology, or a path to one",
            DefaultValueFactory = _ => Default,
        };
        var named = new Option<string?>("--topology") { Description = "The same as TOPOLOGY", HelpName = "TOPOLOGY" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Leave it running; otherwise Ctrl-C takes everything down" };
        var name = new Option<string?>("--name", "-n") { Description = "Name of the lab; the topology's where left out", HelpName = "LAB" };
        var ports = new Option<int?>("--ports")
        {
            Description = "Add this to every port: 100 gives clients port 8108; where left out, as much as other labs need",
            HelpName = "OFFSET",
        };
        var runtime = new Option<string>("--runtime")
        {
            Description = "What starts the containers",
            HelpName = "RUNTIME",
            DefaultValueFactory = _ => services.Runtimes[0].Name,
        };
        var empty = new Option<bool>("--empty-database") { Description = "Let main create the schema, as a new installation does" };
        var keep = new Option<bool>("--keep")
        {
            Description = "Keep a lab that does not start as it is, for status, logs and collect, until down",
        };
        var json = new Option<bool>("--json")
        {
            Description = "With --detach: print one JSON object when all is healthy; progress goes to standard error",
        };
        var command = new Command("up", "Start a topology and show when each part becomes healthy")
        {
            topology, named, detach, name, ports, runtime, empty, keep, json,
        };
        // By tokens: values can't be asked for where an option came without one.
        var names = services.Runtimes.Select(choice => choice.Name).ToArray();
        runtime.Validators.Add(result => Refuse(result, word => names.Contains(word)
            ? null
            : $"there is no runtime '{word}'. {Spelling.SuggestAmong(word, names, "There are")}"));
        ports.Validators.Add(result => Refuse(result, word =>
            int.TryParse(word, out var offset) && offset is >= 0 and <= 60000 ? null : "--ports takes a number from 0 to 60000"));
        json.Validators.Add(result =>
        {
            // Without it the command ends when the lab is gone.
            if (result.GetValue(json) && !result.GetValue(detach))
            {
                result.AddError("--json needs --detach");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var word = parsed.GetValue(named) ?? parsed.GetRequiredValue(topology);
            var request = new LabStartRequest(new TopologyLibrary(services.Root.Value.Topologies).Load(word))
            {
                LabName = parsed.GetValue(name),
                PortOffset = parsed.GetValue(ports),
                PreparedDatabase = !parsed.GetValue(empty),
                KeepFailed = parsed.GetValue(keep),
            };
            var chosen = services.Runtimes.Single(choice => choice.Name == parsed.GetRequiredValue(runtime));
            return RunAsync(services, request, chosen, parsed.GetValue(detach), parsed.GetValue(json), cancellationToken);
        });
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
        LabServices services, LabStartRequest request, RuntimeChoice chosen, bool detach, bool json, CancellationToken cancellationToken)
    {
        using var engine = services.CreateEngine();
        var processes = new ProcessTable();
        var starter = new LabStarter(services.Root.Value, engine, services.Time, processes);
        var runtime = chosen.Create(engine, new LabCleaner(engine, processes, services.Time));
        var folder = services.Root.Value.Lab(request.Name);
        var report = new StartReport(json ? services.Error : services.Output, services.Error);
        report.Note($"lab {request.Name}: starting topology {request.Topology.Name}");
        var begun = services.Time.GetTimestamp();
        bool started;
        try
        {
            started = await starter.StartAsync(request, runtime, report, cancellationToken);
        }
        catch (Exception e) when (report.ToldOfFailure && Failure.Of(e) is { IsForeseen: true } failure)
        {
            TellWhatIsLeft(services.Error, request.Name, LabState.TryLoad(folder), e is LabException known ? known.Left : []);
            return failure.ExitCode;
        }

        var state = LabState.TryLoad(folder) ?? throw LabException.Failed($"lab '{request.Name}' was removed while it started");
        var seconds = services.Time.GetElapsedTime(begun).TotalSeconds;
        if (json)
        {
            services.Output.WriteJson(LabJson.Started(state, folder, started, seconds));
            return ExitCodes.Fine;
        }

        services.Output.WriteLine(started
            ? $"healthy after {seconds:0.0} s"
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

    // The report has told what went wrong.
    private static void TellWhatIsLeft(TextWriter error, string labName, LabState? state, IReadOnlyList<Problem> left)
    {
        Failure.Write(error, left);
        var (status, collect, down) = (ToType.On(labName, "status"), ToType.On(labName, "collect", "DIR"), ToType.Lab("down", labName));
        var what = state is { Phase: LabPhase.Failed }
            ? $" and is kept as it is. Look at it ({status}), keep its logs ({collect}), take it down: {down}"
            : left.Count == 0 ? "; everything of it was removed again"
            : $", and not everything of it could be removed. Try again: {down}";
        error.WriteLine($"{Failure.Prefix}lab {labName} did not start{what}");
    }
}
