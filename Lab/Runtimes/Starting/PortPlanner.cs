using System.Globalization;
using System.Net;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;

namespace SynapseLab.Runtimes.Starting;

/// <summary>Chooses the ports of a lab on 127.0.0.1, so that labs run side by side and nobody else's port is wanted.</summary>
/// <param name="engine">Knows which container holds a port.</param>
/// <param name="processes">Knows which process does.</param>
public sealed class PortPlanner(IContainerEngine engine, ProcessTable processes)
{
    private const int Step = 100;
    private const int Tries = 20;

    /// <summary>Ports for a lab.</summary>
    /// <param name="topology">Says how many homeservers have to be reached.</param>
    /// <param name="offset">What the user wants added to the usual ports; null: as little as leads to ports that nobody has.</param>
    /// <param name="others">Other labs of this checkout, running or being started.</param>
    /// <param name="claims">Keeps the ports from other starts until the lab's containers hold them.</param>
    /// <param name="say">Told why the lab does not get the usual ports.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The wanted ports are taken, or all that would be tried (exit code 2); the message names who has them,
    /// and an offset that is free.</exception>
    public async Task<PortPlan> ChooseAsync(Topology topology, int? offset, IReadOnlyList<LabState> others, PortClaims claims, Action<string> say, CancellationToken cancellationToken)
    {
        var labs = others
            .SelectMany(state => state.Deployment.Endpoints.Select(endpoint => (endpoint.Uri.Port, state.Deployment.LabName)))
            .DistinctBy(pair => pair.Port)
            .ToDictionary(pair => pair.Port, pair => pair.LabName);
        IReadOnlyList<int> Taken(int shift)
        {
            // Claimed first, then looked at: whoever gives up a claim holds the port by then.
            claims.Clear();
            return [.. PortsOf(Shifted(shift), topology.Homeservers.Count).Where(port => labs.ContainsKey(port) || !claims.TryTake(port) || !LoopbackPort.IsFree(port))];
        }

        var wanted = offset ?? 0;
        if (PortsOf(Shifted(wanted), topology.Homeservers.Count).Max() > IPEndPoint.MaxPort)
        {
            throw LabException.WrongUse($"--ports {offset} leads beyond port {IPEndPoint.MaxPort}", fix: "Choose a smaller number");
        }

        var taken = Taken(wanted);
        if (taken.Count == 0)
        {
            return Shifted(wanted);
        }

        // From the usual ones on, so that there is room above.
        var free = Enumerable.Range(0, Tries)
            .Select(attempt => attempt * Step)
            .Cast<int?>()
            .FirstOrDefault(shift => Taken(shift!.Value).Count == 0);
        var holders = await Task.WhenAll(taken.Select(port => HolderAsync(port, labs, cancellationToken)));
        if (offset is null && free is { } shifted)
        {
            say($"{holders[0].Where}: {holders[0].What}; the lab's ports are higher by {shifted}");
            return Shifted(shifted);
        }

        throw new LabException(ExitCodes.WrongUse, [.. holders.Select(holder => free is null ? holder : holder with { Fix = $"{holder.Fix}, or choose other ports: --ports {free}" })]);
    }

    private static PortPlan Shifted(int offset)
    {
        var usual = PortPlan.Default;
        return new PortPlan(usual.Client + offset, usual.Federation + offset, usual.Operator + offset, usual.Sql + offset);
    }

    private static IEnumerable<int> PortsOf(PortPlan plan, int homeservers) =>
        [.. Enumerable.Range(plan.Client, homeservers), .. Enumerable.Range(plan.Federation, homeservers), plan.Operator, plan.Sql];

    private async Task<Problem> HolderAsync(int port, Dictionary<int, string> labs, CancellationToken cancellationToken)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        if (labs.TryGetValue(port, out var known))
        {
            return new Problem($"the port is taken by lab '{known}'", where, $"Take it down: {ToType.Lab("down", known)}");
        }

        // Behind a published port is a proxy of the engine's; the container tells more.
        var container = (await engine.ListAsync(null, cancellationToken)).FirstOrDefault(
            one => one.State == "running" && one.Ports.Contains(port));
        if (container is not null)
        {
            return container.Labels.GetValueOrDefault(LabLabels.Name) is { } lab
                ? new Problem(
                    $"the port is taken by lab '{lab}'",
                    where,
                    $"Take it down: {HowToTakeDown(lab, LabLabels.FolderOf(container.Labels) ?? "")}")
                : new Problem(
                    $"the port is taken by container {container.Name} (image {container.Image})",
                    where,
                    $"Stop it: docker stop {container.Name}");
        }

        var holder = processes.ListenerOf(port);
        if (holder is null && LoopbackPort.IsFree(port))
        {
            return new Problem("the port is taken by a lab that is just being started", where, "Try again");
        }

        if (holder is not null && Path.GetFileName(holder.Command.Split(' ')[0]) == "docker-proxy")
        {
            // The container was not running a moment ago, or is not any more:
            // a lab beside this one that is just being started or taken down.
            return new Problem("the port is taken by a container that is just starting or ending", where, "Try again");
        }

        return holder is null
            ? new Problem("the port is taken, the system does not say by whom", where, "Find out with sudo ss -ltnp")
            : new Problem($"the port is taken by process {holder.Pid}: {Short(holder.Command)}", where, $"Stop it: kill {holder.Pid}");
    }

    // A lab of another checkout lies in /other/checkout/.lab/labs/NAME; one that was started from compose/ by hand has no such folder.
    private static string HowToTakeDown(string lab, string folder)
    {
        var end = $"/.lab/labs/{lab}";
        return folder.EndsWith(end, StringComparison.Ordinal)
            ? $"{ToType.Words("cd", folder[..^end.Length])} && {ToType.Lab("down", lab)}"
            : ToType.Words("docker", "compose", "--project-name", LabLabels.Project(lab), "down", "--volumes");
    }

    private static string Short(string command)
    {
        var line = command.ReplaceLineEndings(" ");
        return line.Length <= 100 ? line : line[..97] + "...";
    }
}
