using SynapseLab.Runtimes;

namespace SynapseLab.Cli.Load;

/// <summary>Which running lab a load is put on: the one that is named, the one of a topology, or the only one.</summary>
internal static class LoadedLab
{
    /// <summary>Attaches to it.</summary>
    /// <exception cref="LabException">There is none, there are several, or it runs another topology (exit code 2).</exception>
    public static async Task<RunningLab> AttachAsync(
        LabServices services, string? name, string? topology, CancellationToken cancellationToken)
    {
        var lab = await services.AttachAsync(name ?? await OfTopologyAsync(services, topology, cancellationToken), cancellationToken);
        var running = lab.Deployment.Topology.Name;
        if (topology is null || running == topology)
        {
            return lab;
        }

        await lab.DisposeAsync();
        throw LabException.WrongUse(
            $"lab '{lab.Name}' runs topology {running}, not {topology}", fix: $"Start one with {ToType.Lab("up", topology, "--detach")}");
    }

    // A lab is called after its topology unless somebody gave it another name.
    private static async Task<string?> OfTopologyAsync(LabServices services, string? topology, CancellationToken cancellationToken)
    {
        if (topology is null)
        {
            return null;
        }

        var running = await services.RunningAsync(cancellationToken);
        var labs = running.Select(lab => lab.Deployment).Where(lab => lab.Topology.Name == topology).Select(lab => lab.LabName).ToArray();
        return labs switch
        {
            [] => topology,
            [var only] => only,
            _ when labs.Contains(topology) => topology,
            _ => throw LabException.WrongUse(
                $"several labs of topology {topology} are running: {string.Join(", ", labs)}",
                fix: $"Name one of them with --name, for example --name {labs[0]}"),
        };
    }
}
