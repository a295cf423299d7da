using System.CommandLine;
using SynapseLab.Cli.Load;
using SynapseLab.Deployments.Pictures;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Reports.Page;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab load PROFILE</c>: puts load on a running lab and reports what it carried.</summary>
internal sealed class LoadCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var profile = new Argument<string>("PROFILE")
        {
            Description = "Name of a file in profiles/ without its ending, or a path; docs/profiles.md describes them",
        };
        var topology = new Option<string?>("--topology", "-t")
        {
            Description = "Load the running lab of this topology; not needed where only one lab runs",
            HelpName = "TOPOLOGY",
        };
        var name = LabOptions.Name();
        var rate = new Option<string?>("--rate")
        {
            Description = "Operations per second of the open workload, instead of the profile's",
            HelpName = "PER-SECOND",
        };
        var duration = new Option<string?>("--duration")
        {
            Description = "How long, such as 30s or 5m, instead of the profile's",
            HelpName = "TIME",
        };
        var seed = new Option<string?>("--seed")
        {
            Description = "Decides which operations when and where; the same seed gives the same ones",
            HelpName = "NUMBER",
        };
        var driver = new Option<string?>("--driver")
        {
            Description = "builtin, or nbomber where this build has it; builtin where left out",
            HelpName = "DRIVER",
        };
        var target = new Option<string?>("--target")
        {
            Description = "Client endpoint of the first homeserver, instead of the lab's own, such as http://127.0.0.1:8008",
            HelpName = "URL",
        };
        var allowRemote = new Option<string?>("--allow-remote")
        {
            Description = "A host other than this machine that --target may name",
            HelpName = "HOST",
        };
        var command = new Command("load", "Put load on a running lab and report what it carried")
        {
            profile, topology, name, rate, duration, seed, driver, target, allowRemote,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var arguments = new LoadArguments(
                parsed.GetValue(profile)!,
                parsed.GetValue(topology),
                parsed.GetValue(name),
                parsed.GetValue(rate),
                parsed.GetValue(duration),
                parsed.GetValue(seed),
                parsed.GetValue(driver),
                parsed.GetValue(target),
                parsed.GetValue(allowRemote));
            return RunAsync(services, arguments, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, LoadArguments arguments, CancellationToken cancellationToken)
    {
        // Everything that can be wrong with the words comes before anything is asked of the machine.
        var read = new ProfileLibrary(services.Root.Value.Profiles).Load(arguments.Profile);
        var profile = arguments.Override(read.Profile!, read.Places);
        var driver = services.Drivers.Get(arguments.Driver);
        var target = arguments.TargetUri is { } uri ? await TargetGuard.ResolveAsync(uri, arguments.AllowRemote, cancellationToken) : null;

        await using var lab = await LoadedLab.AttachAsync(services, arguments.Name, arguments.Topology, cancellationToken);
        var environment = await RunEnvironment.ReadAsync(lab, cancellationToken);
        var folder = ResultFolder.Create(Path.Combine(lab.Root.Artifacts, "load"), profile.Name, services.Time.GetUtcNow());
        var live = new LiveLine(services.Error, services.Interactive, services.Time);
        LoadResult result;
        var run = new LoadRun(new LoadRunInputs
        {
            Lab = lab,
            Profile = profile,
            Driver = driver,
            Command = arguments.Again(lab, profile, driver),
            Folder = folder.Path,
            Target = target,
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

        // The numbers first, then what is drawn from them: where the disk fills up, the most valuable is there, and the terminal has it
        // in any case.
        LoadSummary.Print(services.Output, result);
        folder.Write("result.json", result.ToJson());
        folder.Write("profile.yaml", read.Text);
        folder.Write("topology.yaml", TopologyText(lab));
        folder.Write("environment.json", environment.ToJson());
        var picture = DeploymentPicture.Render(lab.Deployment, Utilisation(result));
        folder.Write("index.html", ResultPage.Render(result, picture, environment.Values));
        services.Output.WriteLine($"report: {Shown(Path.Combine(folder.Path, "index.html"))}");
        return result.Good ? ExitCodes.Fine : ExitCodes.Failed;
    }

    // As the lab was started with it: the file in topologies/ may have been changed since, or be another one of that name.
    private static string TopologyText(RunningLab lab) => lab.State.TopologyText.Length > 0
        ? lab.State.TopologyText
        : $"# the lab was not started from a file, but from topology {lab.Deployment.Topology.Name}\n";

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

    private static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);

    private sealed class Reporter(LiveLine line) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => line.Show(value.Phase, value.Share, value.Text);
    }
}
