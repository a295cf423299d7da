using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Starting;

/// <summary>Ports on this machine, some of which others hold: its engine says who.</summary>
[Trait("Lab", "engine")]
public sealed partial class PortPlannerTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Topology Monolith = KnownTopologies.Library.Load("monolith");

    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly List<string> _said = [];

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task Without_an_offset_the_next_ports_that_nobody_has_are_taken_and_it_is_said_who_has_the_usual_ones()
    {
        var first = await ChooseAsync(null);
        using var somebody = Listen(first.Client);

        var next = await ChooseAsync(null);

        Assert.True(next.Client > first.Client, $"{next.Client} after {first.Client}");
        Assert.True(LoopbackPort.IsFree(next.Client));
        Assert.Matches(
            $@"^127\.0\.0\.1:\d+: the port is taken by .+; the lab's ports are higher by {next.Client - PortPlan.Default.Client}$",
            _said[^1]);
    }

    [Fact]
    public async Task An_offset_whose_ports_are_taken_is_refused_with_one_that_can_be_had()
    {
        var plan = await ChooseAsync(null);
        var offset = plan.Client - PortPlan.Default.Client;
        using var somebody = Listen(plan.Client);

        var problem = await Assert.ThrowsAsync<LabException>(() => ChooseAsync(offset));

        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
        var advice = Advice().Match(problem.Message);
        Assert.True(advice.Success, problem.Message);
        var advised = int.Parse(advice.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.NotEqual(offset, advised);
        Assert.Equal(PortPlan.Default.Client + advised, (await ChooseAsync(advised)).Client);
    }

    private async Task<PortPlan> ChooseAsync(int? offset)
    {
        using var claims = new PortClaims();
        return await new PortPlanner(_engine, new ProcessTable()).ChooseAsync(Monolith, offset, [], claims, _said.Add, None);
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }

    [GeneratedRegex(@"or choose other ports: --ports (\d+)$")]
    private static partial Regex Advice();
}
