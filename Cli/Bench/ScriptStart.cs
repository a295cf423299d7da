using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Bench;

/// <summary>Measures a start by a plain shell script (<see cref="DockerRunScript"/>) with the same containers, watched as the
/// lab watches its own.</summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="labName">The lab.</param>
internal sealed class ScriptStart(LabRoot root, IContainerEngine engine, TimeProvider time, string labName)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Runs it.</summary>
    /// <param name="topology">What is started.</param>
    /// <param name="images">With a prepared database.</param>
    /// <param name="cancellationToken">Ends it; containers may be there then.</param>
    public async Task<StartMeasurement> MeasureAsync(Topology topology, ImageSet images, CancellationToken cancellationToken)
    {
        using var claims = new PortClaims();
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs
        {
            LabName = labName,
            Images = images,
            PreparedDatabase = true,
            Ports = await FreePortsAsync(topology, claims, cancellationToken),
        });
        var folder = root.Lab(labName);
        LabFileWriter.Write(folder, deployment.Files);
        new SecretWriter(time).Write(folder, deployment.Secrets);
        var script = folder.File("run.sh");
        await File.WriteAllTextAsync(script, DockerRunScript.Render(deployment, folder, UnixUser.Current()), cancellationToken);

        await using var watch = new ContainerWatch(engine, deployment, time.GetUtcNow());
        using var parts = new PartClient(deployment, folder, engine, (spec, token) => watch.IdOfAsync(spec.Name, token));
        var checks = StartChecks.Of(deployment, watch.Signs, parts);
        var meter = new StartMeter(engine, labName);
        var running = ExternalCommand.RunAsync("sh", [script], engine.Socket.Environment, cancellationToken);
        var ready = new Waiter(time).UntilAsync(Deadline, checks, (check, _) => meter.Healthy(check.Name), cancellationToken);
        if (await Task.WhenAny(ready, watch.Death) == watch.Death)
        {
            throw new LabException(ExitCodes.Failed, await watch.Death);
        }

        await ready;
        meter.Stop(starter: null);
        var measured = await meter.ResultAsync(StartBenchResult.Script, deployment, cancellationToken);
        var result = await running;
        return result.ExitCode == 0 ? measured : throw LabException.Failed($"the script failed: {result.LastError}");
    }

    private Task<PortPlan> FreePortsAsync(Topology topology, PortClaims claims, CancellationToken cancellationToken)
    {
        var others = LabState.LoadAll(root).ToArray();
        return new PortPlanner(engine, new ProcessTable()).ChooseAsync(topology, null, others, claims, _ => { }, cancellationToken);
    }
}
