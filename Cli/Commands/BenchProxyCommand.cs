using System.CommandLine;
using System.Globalization;
using SynapseLab.LoadTests.Bench;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Images;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench proxy</c>: nginx with the whole catalogue against a bare proxy_pass.</summary>
internal sealed class BenchProxyCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var topology = new Option<string>("--topology", "-t") { Description = "Whose proxy configuration", DefaultValueFactory = _ => "reference", HelpName = "TOPOLOGY" };
        var rounds = new Option<int>("--rounds") { Description = "How often each is measured, in turns; medians are shown", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "How long one measurement is", DefaultValueFactory = _ => 1 };
        var command = new Command("proxy", "Requests per second of nginx with the whole catalogue against a bare proxy_pass. " + BenchMachine.Needs) { topology, rounds, seconds };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            if (parsed.GetValue(rounds) is < 1 or > 100 || duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromMinutes(10))
            {
                throw LabException.WrongUse("--rounds takes 1 to 100, --seconds 1 to 600");
            }

            var found = new TopologyLibrary(services.Root.Value.Topologies).Load(parsed.GetValue(topology)!);
            return await RunAsync(services, found, parsed.GetValue(rounds), duration, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, Topology topology, int rounds, TimeSpan duration, CancellationToken cancellationToken)
    {
        var live = new LiveLine(services.Error, services.Interactive, services.Time);
        ProxyBenchResult result;
        try
        {
            await new BenchMachine(services.Root.Value).EnsureAsync(services.Error.WriteLine, cancellationToken);
            using var engine = services.CreateEngine();
            var images = await new MachineImages(services.Root.Value, engine).ForLabAsync(null, services.Error.WriteLine, cancellationToken);
            result = await new ProxyBench(engine, new Waiter(services.Time)).RunAsync(topology, images, rounds, duration, new BenchProgress(live), cancellationToken);
        }
        finally
        {
            live.Clear();
        }

        var output = services.Output;
        output.WriteLine($"{"",-72} {"requests/s",-27} {"proxy's CPU/request",-27} with logs");
        output.WriteLine($"{"",-72} {"bare",8} {"catalogue",10} {"share",6}  {"bare",8} {"catalogue",10} {"share",6}  share by CPU");
        foreach (var (path, routing, logged) in result.Paths)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path,-72} {routing.Bare.PerSecond,8:0} {routing.Catalogue.PerSecond,10:0} {routing.Share,6:0.00}  {routing.Bare.CpuMicroseconds,5:0.0} us {routing.Catalogue.CpuMicroseconds,7:0.0} us {routing.ShareByCpu,6:0.00}  {logged.ShareByCpu,6:0.00}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"mean",-72} {"",8} {"",10} {result.Share,6:0.00}  {"",8} {"",10} {result.ShareByCpu,6:0.00}  {result.ShareLoggedByCpu,6:0.00}"));
        output.WriteLine(ProxyBench.Sides);
        var folder = ResultFolder.Create(Path.Combine(services.Root.Value.Artifacts, "bench"), "proxy", services.Time.GetUtcNow());
        folder.Write("result.json", result.ToJson());
        foreach (var miss in result.Misses())
        {
            output.WriteLine($"missed: {miss}");
        }

        return result.Misses().Count == 0 ? ExitCodes.Fine : ExitCodes.Failed;
    }
}
