using System.Globalization;
using System.Text;

namespace SynapseLab.Runtimes.Evidence;

/// <summary>
/// All metrics of one process at one moment (Prometheus text format 0.0.4). Synapse's metrics carry no instance label:
/// who it is, is which process was asked (synapse/metrics/__init__.py).
/// </summary>
public sealed class MetricsSnapshot
{
    private const string TypeLine = "# TYPE ";

    private readonly Dictionary<string, List<MetricSample>> _samples;
    private readonly HashSet<string> _declared;

    private MetricsSnapshot(Dictionary<string, List<MetricSample>> samples, HashSet<string> declared)
    {
        _samples = samples;
        _declared = declared;
    }

    /// <summary>A process that has no metrics yet.</summary>
    public static MetricsSnapshot Empty { get; } = new([], []);

    /// <summary>Names of all metrics, counters with their <c>_total</c>.</summary>
    public IReadOnlyCollection<string> Names => _samples.Keys;

    /// <summary>Names that the process declares and has no sample of yet: with labels a counter has none before it first counts.</summary>
    public IEnumerable<string> NamesWithoutSamples =>
        // Of a histogram "name" the samples are name_bucket, name_count and name_sum.
        _declared.Where(name => !_samples.ContainsKey(name) && !_samples.ContainsKey($"{name}_count"));

    /// <summary>Reads the text format. Lines it can't read are left out; of comments the names of types are kept.</summary>
    /// <param name="text">Lines such as
    /// <c>synapse_http_server_requests_received_total{method="GET",servlet="SyncRestServlet"} 12.0</c>.</param>
    public static MetricsSnapshot Parse(string text)
    {
        var samples = new Dictionary<string, List<MetricSample>>(StringComparer.Ordinal);
        var declared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // # TYPE synapse_storage_events_persisted_events_total counter
            if (line.StartsWith(TypeLine) && line[TypeLine.Length..].IndexOf(' ') is > 0 and var end)
            {
                declared.Add(line.Slice(TypeLine.Length, end).ToString());
            }

            if (line.IsEmpty || line[0] == '#' || !TryParseLine(line, out var name, out var sample))
            {
                continue;
            }

            if (!samples.TryGetValue(name, out var list))
            {
                samples[name] = list = [];
            }

            list.Add(sample);
        }

        return new MetricsSnapshot(samples, declared);
    }

    /// <summary>The samples of a metric; empty where it has none.</summary>
    public IReadOnlyList<MetricSample> Samples(string name) => _samples.TryGetValue(name, out var list) ? list : [];

    /// <summary>Sum over the samples of a metric that carry all given labels; 0 where there are none.</summary>
    /// <param name="name">Full name: <c>synapse_storage_events_persisted_events_total</c>.</param>
    /// <param name="labels">Label and value: <c>("servlet", "SyncRestServlet")</c>.</param>
    public double Sum(string name, params ReadOnlySpan<(string Label, string Value)> labels)
    {
        var sum = 0.0;
        foreach (var sample in Samples(name))
        {
            var all = true;
            foreach (var (label, value) in labels)
            {
                all &= sample.Labels.TryGetValue(label, out var found) && found == value;
            }

            sum += all ? sample.Value : 0;
        }

        return sum;
    }

    /// <summary>What was added since an earlier snapshot of the same process: value minus earlier value,
    /// sample by sample (0 where the earlier one lacks it). Makes sense for counters,
    /// and only if the process was not restarted in between.</summary>
    public MetricsSnapshot Delta(MetricsSnapshot earlier)
    {
        var difference = new Dictionary<string, List<MetricSample>>(_samples.Count, StringComparer.Ordinal);
        foreach (var (name, list) in _samples)
        {
            var before = earlier.Samples(name).ToDictionary(sample => sample.Key, sample => sample.Value, StringComparer.Ordinal);
            difference[name] = [.. list.Select(sample => sample with { Value = sample.Value - before.GetValueOrDefault(sample.Key) })];
        }

        return new MetricsSnapshot(difference, _declared);
    }

    // name{label="value",other="with \"quote\""} 12.0 [time]
    private static bool TryParseLine(ReadOnlySpan<char> line, out string name, out MetricSample sample)
    {
        name = "";
        sample = default!;
        var end = line.IndexOfAny('{', ' ');
        if (end <= 0)
        {
            return false;
        }

        name = line[..end].ToString();
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var key = "";
        var rest = line[end..];
        if (rest[0] == '{')
        {
            if (!TryParseLabels(rest[1..], labels, out var length))
            {
                return false;
            }

            key = rest.Slice(1, length).ToString();
            rest = rest[(length + 2)..];
        }

        rest = rest.Trim();
        var space = rest.IndexOf(' ');
        var number = space < 0 ? rest : rest[..space];
        double value;
        if (number is "+Inf" or "Inf")
        {
            value = double.PositiveInfinity;
        }
        else if (number is "-Inf")
        {
            value = double.NegativeInfinity;
        }
        else if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        sample = new MetricSample(labels, value) { Key = key };
        return true;
    }

    private static bool TryParseLabels(ReadOnlySpan<char> text, Dictionary<string, string> labels, out int length)
    {
        length = 0;
        while (length < text.Length)
        {
            if (text[length] == '}')
            {
                return true;
            }

            if (text[length] is ',' or ' ')
            {
                length++;
                continue;
            }

            var equals = text[length..].IndexOf("=\"");
            if (equals < 0)
            {
                return false;
            }

            var label = text.Slice(length, equals).ToString();
            length += equals + 2;
            var value = new StringBuilder();
            while (length < text.Length && text[length] != '"')
            {
                if (text[length] == '\\' && length + 1 < text.Length)
                {
                    length++;
                    value.Append(text[length] == 'n' ? '\n' : text[length]);
                }
                else
                {
                    value.Append(text[length]);
                }

                length++;
            }

            if (length == text.Length)
            {
                return false;
            }

            length++;
            labels[label] = value.ToString();
        }

        return false;
    }
}
