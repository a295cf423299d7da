using System.CommandLine;
using SynapseLab.Cli.Bench;
using SynapseLab.LoadTests.Bench;
using SynapseLab.Topologies;
using static System.FormattableString;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench proxy</c>: nginx with the whole catalogue against a bare proxy_pass.</summary>
internal sealed class BenchProxyCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var bench = new RequestBench(services, "proxy", usualRounds: 5, usualSeconds: 1);
        var topology = new Option<string>("--topology", "-t")
        {
            Description = "Whose proxy configuration",
            DefaultValueFactory = _ => "reference",
            HelpName = "TOPOLOGY",
        };
        const string what = "Requests per second of nginx with the whole catalogue against a bare proxy_pass. ";
        var command = new Command("proxy", what + BenchMachine.Needs) { topology, bench.Rounds, bench.Seconds };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (rounds, duration) = bench.Read(parsed);
            var found = new TopologyLibrary(services.Root.Value.Topologies).Load(parsed.GetValue(topology)!);
            var result = await bench.MeasureAsync(
                (engine, images, waiter, progress) => new ProxyBench(engine, waiter)
                    .RunAsync(found, images, rounds, duration, progress, cancellationToken),
                cancellationToken);
            Print(services.Output, result);
            return bench.Conclude(result.ToJson(), result.Misses());
        });
        return command;
    }

    private static void Print(TextWriter output, ProxyBenchResult result)
    {
        var sides = $"{"bare",8} {"catalogue",10} {"share",6}";
        output.WriteLine($"{"",-72} {"requests/s",-27} {"proxy's CPU/request",-27} with logs");
        output.WriteLine($"{"",-72} {sides}  {sides}  share by CPU");
        foreach (var (path, routing, logged) in result.Paths)
        {
            var (bare, catalogue) = (routing.Bare, routing.Catalogue);
            var rate = Invariant($"{bare.PerSecond,8:0} {catalogue.PerSecond,10:0} {routing.Share,6:0.00}");
            var cpu = Invariant($"{bare.CpuMicroseconds,5:0.0} us {catalogue.CpuMicroseconds,7:0.0} us {routing.ShareByCpu,6:0.00}");
            output.WriteLine(Invariant($"{path,-72} {rate}  {cpu}  {logged.ShareByCpu,6:0.00}"));
        }

        var none = $"{"",8} {"",10}";
        output.WriteLine(Invariant(
            $"{"mean",-72} {none} {result.Share,6:0.00}  {none} {result.ShareByCpu,6:0.00}  {result.ShareLoggedByCpu,6:0.00}"));
        output.WriteLine(ProxyBench.Sides);
    }
}
