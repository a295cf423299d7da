using System.CommandLine;
using System.Globalization;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab metrics PROCESS [FILTER] [--name LAB]</c>: a process's metrics, read from the process.</summary>
internal sealed class MetricsCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var process = new Argument<string>("process") { Description = "main, generic_worker1, ..." };
        var filter = new Argument<string?>("filter")
        {
            Description = "Only metrics with this in their name",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var name = LabOptions.Name();
        var command = new Command("metrics", "Print a process's metrics, asked from the process itself") { process, filter, name };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(name), parsed.GetRequiredValue(process), parsed.GetValue(filter) ?? "", cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, string? name, string process, string filter, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var metrics = await lab.MetricsAsync(process, cancellationToken);
        var names = Matching(metrics.Names, filter);
        var silent = Matching(metrics.NamesWithoutSamples, filter);
        if (names.Length + silent.Length == 0)
        {
            throw LabException.Failed(
                $"{process} has no metric with '{filter}' in its name", fix: $"{ToType.On(lab.Name, "metrics", process)} shows all");
        }

        foreach (var metric in names)
        {
            foreach (var sample in metrics.Samples(metric))
            {
                var labels = string.Join(",", sample.Labels.Select(label => $"{label.Key}=\"{label.Value}\""));
                var value = sample.Value.ToString("R", CultureInfo.InvariantCulture);
                services.Output.WriteLine($"{metric}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}");
            }
        }

        foreach (var metric in silent)
        {
            services.Output.WriteLine($"# {metric} has nothing to show yet");
        }

        return ExitCodes.Fine;
    }

    private static string[] Matching(IEnumerable<string> names, string filter) =>
        [.. names.Where(name => name.Contains(filter, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
}
