using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What a run happened on: <c>environment.json</c>. Names no machine and no person.</summary>
/// <param name="Values">Name and value, in a fixed order.</param>
public sealed record RunEnvironment(IReadOnlyList<(string Name, string Value)> Values)
{
    /// <summary>Looks around.</summary>
    public static async Task<RunEnvironment> ReadAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        var engine = await lab.Engine.InfoAsync(cancellationToken);
        var values = new List<(string, string)>
        {
            ("cores", engine.Cpus.ToString(CultureInfo.InvariantCulture)),
            ("memory", Invariant($"{engine.MemoryBytes / 1073741824.0:0.0} GiB")),
            ("processor", Processor()),
            ("system", RuntimeInformation.OSDescription),
            ("runtime", RuntimeInformation.FrameworkDescription),
            ("container engine", $"{engine.Version}, {engine.StorageDriver}, cgroup v{engine.CgroupVersion}"),
            ("load average before", LoadAverage()),
        };
        foreach (var group in lab.Deployment.Containers.GroupBy(Program))
        {
            values.Add(($"image {group.Key}", string.Join(", ", group.Select(container => container.Image).Distinct())));
        }

        return new RunEnvironment(values);
    }

    /// <summary>As the file has it: one object.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Values)
            {
                json.WriteString(name.Replace(' ', '_'), value);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    // model name	: AMD EPYC 7B13
    private static string Processor() =>
        ReadLine("/proc/cpuinfo", line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();

    // 0.42 0.51 0.61 1/231 4711: the first three are averages over 1, 5 and 15 minutes.
    private static string Program(ContainerSpec container) =>
        container.Kind is ContainerKind.Main or ContainerKind.Worker or ContainerKind.Homeserver
            ? "synapse"
            : container.Kind.ToString().ToLowerInvariant();

    private static string LoadAverage() =>
        string.Join(' ', (ReadLine("/proc/loadavg", _ => true) ?? "unknown").Split(' ').Take(3));

    private static string? ReadLine(string file, Func<string, bool> which)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(which);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
