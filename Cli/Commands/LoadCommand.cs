using System.CommandLine;
using System.Globalization;
using SynapseLab.Deployments.Pictures;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Reports.Page;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes;
using SynapseLab.Yaml;
using SynapseLab.Yaml.Shapes;
using static System.FormattableString;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab load PROFILE</c>: puts load on a running lab and reports what it carried.</summary>
internal sealed class LoadCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var profile = new Argument<string>("PROFILE") { Description = "Name of a file in profiles/ without its ending, or a path; docs/profiles.md describes them" };
        var topology = new Option<string?>("--topology", "-t") { Description = "Load the running lab of this topology; not needed where only one lab runs", HelpName = "TOPOLOGY" };
        var name = LabOptions.Name();
        var rate = new Option<string?>("--rate") { Description = "Operations per second of the open workload, instead of the profile's", HelpName = "PER-SECOND" };
        var duration = new Option<string?>("--duration") { Description = "How long, such as 30s or 5m, instead of the profile's", HelpName = "TIME" };
        var seed = new Option<string?>("--seed") { Description = "Decides which operations when and where; the same seed gives the same ones", HelpName = "NUMBER" };
        var driver = new Option<string?>("--driver") { Description = "builtin, or nbomber where this build has it; builtin where left out", HelpName = "DRIVER" };
        var target = new Option<string?>("--target") { Description = "Client endpoint of the first homeserver, instead of the lab's own, such as http://127.0.0.1:8008", HelpName = "URL" };
        var allowRemote = new Option<string?>("--allow-remote") { Description = "A host other than this machine that --target may name", HelpName = "HOST" };
        var command = new Command("load", "Put load on a running lab and report what it carried") { profile, topology, name, rate, duration, seed, driver, target, allowRemote };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            new Arguments(
                parsed.GetValue(profile)!,
                parsed.GetValue(topology),
                parsed.GetValue(name),
                parsed.GetValue(rate),
                parsed.GetValue(duration),
                parsed.GetValue(seed),
                parsed.GetValue(driver),
                parsed.GetValue(target),
                parsed.GetValue(allowRemote)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, Arguments arguments, CancellationToken cancellationToken)
    {
        // Everything that can be wrong with the words comes before anything is asked of the machine.
        var read = new ProfileLibrary(services.Root.Value.Profiles).Load(arguments.Profile);
        var profile = WithOverrides(read.Profile!, arguments, read.Places);
        var driver = services.Drivers.Get(arguments.Driver);
        var target = arguments.Target is null ? null
            : Uri.TryCreate(arguments.Target, UriKind.Absolute, out var uri) ? uri
            : throw LabException.WrongUse($"'{arguments.Target}' is no URL", "--target", "Write for example http://127.0.0.1:8008");
        var endpoint = target is null ? null : await TargetGuard.ResolveAsync(target, arguments.AllowRemote, cancellationToken);

        await using var lab = await AttachAsync(services, arguments, cancellationToken);
        var environment = await RunEnvironment.ReadAsync(lab, cancellationToken);
        var folder = ResultFolder.Create(Path.Combine(lab.Root.Artifacts, "load"), profile.Name, services.Time.GetUtcNow());
        var live = new LiveLine(services.Error, services.Interactive, services.Time);
        LoadResult result;
        var run = new LoadRun(new LoadRunInputs
        {
            Lab = lab,
            Profile = profile,
            Driver = driver,
            Command = Repeat(arguments, lab, profile, driver),
            Folder = folder.Path,
            Target = endpoint,
            RemoteUsersPlace = read.Places.GetValueOrDefault("remote_users"),
            Progress = new Reporter(live),
        });
        try
        {
            result = await run.RunAsync(cancellationToken);
        }
        catch when (run.Began)
        {
            live.Clear();
            services.Error.WriteLine($"the run failed half-way; its samples: {Shown(Path.Combine(folder.Path, ResultFolder.Samples))}");
            throw;
        }
        catch
        {
            // Nothing was measured: an empty folder would look like a result.
            Directory.Delete(folder.Path, recursive: true);
            throw;
        }
        finally
        {
            live.Clear();
        }

        // The numbers first, then what is drawn from them: where the disk fills up, the most valuable is there, and the terminal has it in any case.
        Print(services.Output, result);
        folder.Write("result.json", result.ToJson());
        folder.Write("profile.yaml", read.Text);
        folder.Write("topology.yaml", TopologyText(lab));
        folder.Write("environment.json", environment.ToJson());
        folder.Write("index.html", ResultPage.Render(result, DeploymentPicture.Render(lab.Deployment, Utilisation(result)), environment.Values));
        services.Output.WriteLine($"report: {Shown(Path.Combine(folder.Path, "index.html"))}");
        return result.Good ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static LoadProfile WithOverrides(LoadProfile profile, Arguments arguments, IReadOnlyDictionary<string, string> places)
    {
        if (arguments.Rate is { } rate)
        {
            profile = profile with { Open = profile.Open with { Rate = Convert.ToDouble(Given("rate", rate, ProfileShape.Rate), CultureInfo.InvariantCulture) } };
        }

        if (arguments.Duration is { } text)
        {
            Given("duration", text, ProfileShape.Duration);
            profile = Durations.TryParse(text, out var duration) ? profile with { Duration = duration } : profile;
        }

        if (arguments.Seed is { } seed)
        {
            profile = profile with { Seed = (long)Given("seed", seed, ProfileShape.Seed)! };
        }

        var problems = LoadLimits.Contradictions(profile).Select(one => new Problem(one.What, one.Key switch
        {
            "duration" when arguments.Duration is not null => "--duration",
            "duration" when arguments.Rate is not null => "--rate",
            _ => places[one.Key],
        }, one.Fix)).ToArray();
        return problems.Length == 0 ? profile : throw new LabException(ExitCodes.WrongUse, problems);
    }

    // What stands behind an option is what may stand under the profile's key of the same name.
    private static object? Given(string option, string text, Shape shape)
    {
        var problems = new FileProblems($"--{option}");
        var node = new YamlScalar(0, text, Plain: true);
        ShapeCheck.Check($"'{option}'", node, shape, problems);
        return problems.None ? YamlValues.ToValue(node) : throw new LabException(ExitCodes.WrongUse, problems.InOrder());
    }

    private static async Task<RunningLab> AttachAsync(LabServices services, Arguments arguments, CancellationToken cancellationToken)
    {
        var lab = await services.AttachAsync(arguments.Name ?? await OfTopologyAsync(services, arguments.Topology, cancellationToken), cancellationToken);
        if (arguments.Topology is { } wanted && lab.Deployment.Topology.Name != wanted)
        {
            var problem = LabException.WrongUse($"lab '{lab.Name}' runs topology {lab.Deployment.Topology.Name}, not {wanted}", null, $"Start one with {ToType.Lab("up", wanted, "--detach")}");
            await lab.DisposeAsync();
            throw problem;
        }

        return lab;
    }

    // A lab is called after its topology unless somebody gave it another name.
    private static async Task<string?> OfTopologyAsync(LabServices services, string? topology, CancellationToken cancellationToken)
    {
        if (topology is null)
        {
            return null;
        }

        var labs = (await services.RunningAsync(cancellationToken)).Where(lab => lab.Deployment.Topology.Name == topology).Select(lab => lab.Deployment.LabName).ToArray();
        return labs switch
        {
            [] => topology,
            [var only] => only,
            _ when labs.Contains(topology) => topology,
            _ => throw LabException.WrongUse($"several labs of topology {topology} are running: {string.Join(", ", labs)}", fix: $"Name one of them with --name, for example --name {labs[0]}"),
        };
    }

    private static string Repeat(Arguments arguments, RunningLab lab, LoadProfile profile, ILoadDriver driver)
    {
        var words = new List<string>
        {
            "load", arguments.Profile, "--topology", lab.Deployment.Topology.Name,
            "--rate", profile.Open.Rate.ToString(CultureInfo.InvariantCulture), "--duration", Durations.Format(profile.Duration),
            "--seed", profile.Seed.ToString(CultureInfo.InvariantCulture), "--driver", driver.Name,
        };
        if (arguments.Target is { } target)
        {
            words.AddRange(["--target", target]);
        }

        if (arguments.AllowRemote is { } remote)
        {
            words.AddRange(["--allow-remote", remote]);
        }

        return ToType.On(lab.Name, words);
    }

    // As the lab was started with it: the file in topologies/ may have been changed since, or be another one of that name.
    private static string TopologyText(RunningLab lab) =>
        lab.State.TopologyText.Length > 0 ? lab.State.TopologyText : $"# the lab was not started from a file, but from topology {lab.Deployment.Topology.Name}\n";

    /// <summary>Cores by process id for Synapse, by container name for the rest, as the picture wants it.</summary>
    private static Dictionary<string, double> Utilisation(LoadResult result)
    {
        var cores = result.Processes.ToDictionary(process => process.Process, process => process.Cores);
        foreach (var container in result.Containers)
        {
            cores.TryAdd(container.Container, container.Cores);
        }

        return cores;
    }

    private static void Print(TextWriter output, LoadResult result)
    {
        output.WriteLine(Invariant($"{result.Profile} on {result.Topology}, {result.LoadSeconds:0.#} s, driver {result.Driver}, seed {result.Seed}: {result.Headline}"));
        foreach (var told in result.Problems.Concat(result.Disturbances).Concat(result.Gaps))
        {
            output.WriteLine($"  {told}");
        }

        output.WriteLine();
        output.WriteLine($"{"milliseconds",-12} {"done",8} {"failed",7} {"/s",8} {"50 %",9} {"95 %",9} {"99 %",9} {"max",9}");
        foreach (var operation in result.Operations)
        {
            var latency = operation.Latency;
            output.WriteLine(Invariant($"{operation.Operation,-12} {operation.Done,8} {operation.Failed,7} {operation.PerSecond,8:0.0} {latency.P50,9:0.0} {latency.P95,9:0.0} {latency.P99,9:0.0} {latency.Max,9:0.0}"));
        }

        output.WriteLine();
        foreach (var error in result.Errors.Take(10))
        {
            output.WriteLine($"{error.Count,8} x {error.Operation}: {error.Cause}");
        }

        var deliveries = result.Deliveries;
        output.WriteLine(Invariant($"{deliveries.Delivered} of {deliveries.Expected} deliveries, {deliveries.Lost} {result.End.Missing()}, {deliveries.Duplicated} twice; the last came {result.DrainSeconds:0.0} s after the load"));
        var busiest = result.Containers.OrderByDescending(container => container.Cores).Take(3).Select(container => Invariant($"{container.Container} {container.Cores:0.00}"));
        var engine = result.Instruments.EngineShare is { } share ? Invariant($", {share:P1} by the container engine ({(result.Instruments.EngineReadsUsage ? "ports, logs and readings" : "ports and logs")})") : "";
        output.WriteLine(Invariant($"{result.Containers.Sum(container => container.Cores):0.00} of {result.Instruments.Cpus} cores used by the lab ({string.Join(", ", busiest)}), {result.Instruments.DriverShare:P1} of the machine's CPU by the driver{engine}"));
    }

    private static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);

    private sealed record Arguments(
        string Profile, string? Topology, string? Name, string? Rate, string? Duration, string? Seed, string? Driver, string? Target, string? AllowRemote);

    private sealed class Reporter(LiveLine line) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => line.Show(value.Phase, value.Share, value.Text);
    }
}
