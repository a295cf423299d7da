using System.Globalization;
using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
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
    /// <param name="offset">What the user wants added to the usual ports; null: as little as other labs leave.</param>
    /// <param name="others">Other labs of this checkout, running or being started.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">A port is taken by something that is no lab, or the wanted ones are taken (exit code 2); the message names who has it.</exception>
    public async Task<PortPlan> ChooseAsync(Topology topology, int? offset, IReadOnlyList<LabState> others, CancellationToken cancellationToken)
    {
        var labs = others
            .SelectMany(state => state.Deployment.Endpoints.Select(endpoint => (endpoint.Uri.Port, state.Deployment.LabName)))
            .DistinctBy(pair => pair.Port)
            .ToDictionary(pair => pair.Port, pair => pair.LabName);
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var plan = Shifted(offset ?? (attempt * Step));
            var ports = PortsOf(plan, topology.Homeservers.Count).ToArray();
            if (offset is not null && ports.Max() > IPEndPoint.MaxPort)
            {
                throw LabException.WrongUse($"--ports {offset} leads beyond port {IPEndPoint.MaxPort}", fix: "Choose a smaller number");
            }

            var taken = ports.Where(port => labs.ContainsKey(port) || !LoopbackPort.IsFree(port)).ToArray();
            if (taken.Length == 0)
            {
                return plan;
            }

            var holders = await Task.WhenAll(taken.Select(port => HolderAsync(port, labs, cancellationToken)));
            if (offset is not null || holders.Any(holder => holder.Lab is null))
            {
                throw new LabException(ExitCodes.WrongUse, [.. holders.Where(holder => offset is not null || holder.Lab is null).Select(holder => holder.Problem)]);
            }
        }

        throw LabException.WrongUse($"{Tries} labs hold all the ports that would be tried", fix: "Take some down: ./lab down NAME");
    }

    private static PortPlan Shifted(int offset)
    {
        var usual = PortPlan.Default;
        return new PortPlan(usual.Client + offset, usual.Federation + offset, usual.Operator + offset, usual.Sql + offset);
    }

    private static IEnumerable<int> PortsOf(PortPlan plan, int homeservers) =>
        [.. Enumerable.Range(plan.Client, homeservers), .. Enumerable.Range(plan.Federation, homeservers), plan.Operator, plan.Sql];

    private async Task<(string? Lab, Problem Problem)> HolderAsync(int port, Dictionary<int, string> labs, CancellationToken cancellationToken)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        const string otherPorts = "or choose other ports: --ports 100";
        if (labs.TryGetValue(port, out var known))
        {
            return (known, new Problem($"the port is taken by lab '{known}'", where, $"Take it down: ./lab down {known}, {otherPorts}"));
        }

        // Behind a published port is a proxy of the engine's; the container tells more.
        var container = (await engine.ListAsync(null, cancellationToken)).FirstOrDefault(one => one.State == "running" && one.Ports.Contains(port));
        if (container is not null)
        {
            var lab = container.Labels.GetValueOrDefault(LabLabels.Name);
            return (lab, lab is null
                ? new Problem($"the port is taken by container {container.Name} (image {container.Image})", where, $"Stop it: docker stop {container.Name}, {otherPorts}")
                : new Problem($"the port is taken by lab '{lab}'", where, $"Take it down: ./lab down {lab}, {otherPorts}"));
        }

        var holder = processes.ListenerOf(port);
        if (holder is not null && Path.GetFileName(holder.Command.Split(' ')[0]) == "docker-proxy")
        {
            // The container was not running a moment ago, or is not any more: a lab beside this one that is just being started or taken down.
            return ("", new Problem("the port is taken by a container that is just starting or ending", where, $"Try again, {otherPorts}"));
        }

        return (null, holder is null
            ? new Problem("the port is taken, the system does not say by whom", where, $"Find out with sudo ss -ltnp, {otherPorts}")
            : new Problem($"the port is taken by process {holder.Pid}: {Short(holder.Command)}", where, $"Stop it, {otherPorts}"));
    }

    private static string Short(string command)
    {
        var line = command.ReplaceLineEndings(" ");
        return line.Length <= 100 ? line : line[..97] + "...";
    }
}
