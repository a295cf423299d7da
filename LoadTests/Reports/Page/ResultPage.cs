using System.Globalization;
using System.Net;
using System.Text;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>A result as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere.</summary>
public static class ResultPage
{
    private const string Style = """
        :root{color-scheme:light}
        body{font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:#1c2430;background:#f5f6f8;margin:0}
        main{max-width:1080px;margin:0 auto;padding:28px 24px 60px}
        h1{font-size:26px;margin:0 0 4px} h2{font-size:18px;margin:36px 0 10px} h3{font-size:14px;margin:0 0 4px}
        p{margin:4px 0 10px} .quiet{color:#5a6675} code{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,monospace}
        pre{background:#1c2430;color:#e8edf3;padding:10px 14px;border-radius:6px;overflow-x:auto;margin:6px 0}
        .card{background:#fff;border:1px solid #dfe3e8;border-radius:8px;padding:14px 16px}
        main>.card+.card{margin-top:10px}
        .numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(124px,1fr));gap:10px;margin:18px 0}
        .numbers .card{padding:10px} .numbers b{display:block;font-size:16px;font-weight:600;white-space:nowrap} .numbers span{color:#5a6675;font-size:13px}
        .two{display:grid;grid-template-columns:1fr 1fr;gap:14px} @media(max-width:820px){.two{grid-template-columns:1fr}}
        .verdict{display:inline-block;padding:2px 10px;border-radius:12px;font-weight:600;font-size:13px;vertical-align:middle;margin-left:8px}
        .good{background:#d7f0df;color:#0d5c2c} .bad{background:#fbdcd9;color:#8f1b10} .cut{background:#fdeecb;color:#6e4a00}
        table{border-collapse:collapse;width:100%;font-size:13px} th,td{padding:5px 7px;text-align:right;border-bottom:1px solid #e8ebef;white-space:nowrap}
        th{font-weight:600;color:#3d4957;background:#fafbfc} th:first-child,td:first-child,td.text,th.text{text-align:left}
        .scroll{overflow-x:auto} svg.plot{width:100%;height:auto;display:block}
        .grid{stroke:#e4e8ec} .tick{stroke:#8a95a3} .level{stroke:#1c2430;stroke-dasharray:5 4} .mark{font-size:11px;fill:#5a6675} .axis{font-size:11px;fill:#3d4957}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin:2px 0 6px} .legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}
        .picture svg{width:100%;height:auto;display:block} ul{margin:4px 0}
        """;

    /// <summary>Makes the page.</summary>
    /// <param name="result">The result.</param>
    /// <param name="picture">The deployment as an SVG element, coloured by utilisation; null: none.</param>
    /// <param name="environment">What the run happened on, name and value.</param>
    public static string Render(LoadResult result, string? picture, IReadOnlyList<(string Name, string Value)> environment)
    {
        var page = new Html();
        var title = $"{result.Profile} on {result.Topology}";
        page.Raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Raw("<link rel=\"icon\" href=\"data:,\">\n");
        page.Add($"<title>Load {title}</title>\n<style>\n").Raw(Style).Raw("\n</style></head><body><main>\n");
        Head(page, result, title);
        Numbers(page, result);
        Operations(page, result);
        Latency(page, result);
        Cpu(page, result);
        if (picture is not null)
        {
            page.Raw("<h2>Who was busy</h2>\n<p class=\"quiet\">Share of one core during the load: green is idle, red a whole core, which is all that one Synapse process can use.</p>\n<div class=\"card picture\">").Raw(picture).Raw("</div>\n");
        }

        Processes(page, result);
        Errors(page, result);
        Repeat(page, result, environment);
        page.Raw("</main></body></html>\n");
        return page.ToString();
    }

    private static void Head(Html page, LoadResult result, string title)
    {
        var look = result switch
        {
            { Good: false } => "bad",
            { End: RunEnd.Interrupted } or { Short: true } => "cut",
            _ => "good",
        };
        page.Add($"<h1>{title}<span class=\"verdict {look}\">{result.Headline}</span></h1>\n");
        page.Add($"<p class=\"quiet\">{result.Description}. {result.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {result.LoadSeconds:0.#} s of load{(result.LoadSeconds < result.PlannedSeconds - 0.5 ? Invariant($" of {result.PlannedSeconds:0.#} s planned") : "")}, driver {result.Driver}, seed {result.Seed}, lab {result.Lab}.</p>\n");
        Sentences(page, "What speaks against this result", [.. result.Problems, .. result.Disturbances]);
        Sentences(page, "What could not be read", result.Gaps);
    }

    private static void Sentences(Html page, string title, IReadOnlyList<string> sentences)
    {
        if (sentences.Count == 0)
        {
            return;
        }

        page.Add($"<div class=\"card\"><b>{title}</b><ul>");
        foreach (var sentence in sentences)
        {
            page.Add($"<li>{sentence}</li>");
        }

        page.Raw("</ul></div>\n");
    }

    private static void Numbers(Html page, LoadResult result)
    {
        var send = result.Operations.FirstOrDefault(operation => operation.Operation == "send");
        var delivery = result.Operations.FirstOrDefault(operation => operation.Operation == "delivery");
        var sync = result.Operations.FirstOrDefault(operation => operation.Operation == "sync");
        var numbers = new List<(string Value, string What)>
        {
            (Invariant($"{send?.PerSecond ?? 0:0.0}/s"), "messages sent"),
            (MedianAnd95(send), "send, median and 95 %"),
            (MedianAnd95(delivery), "send to a member's sync, median and 95 %"),
            (Invariant($"{result.Deliveries.Lost} / {result.Deliveries.Duplicated}"), Invariant($"deliveries {result.End.Missing()} / twice, of {result.Deliveries.Expected}")),
            (Invariant($"{sync?.PerSecond ?? 0:0.0}/s"), "syncs answered"),
            (Invariant($"{result.Containers.Sum(container => container.Cores):0.00}"), Invariant($"cores used by the lab, of {result.Instruments.Cpus}")),
            (Percents(result.Instruments), result.Instruments.EngineShare is null ? "of the machine's CPU went to the driver" : "of the machine's CPU went to driver / container engine"),
        };
        page.Raw("<div class=\"numbers\">");
        foreach (var (value, what) in numbers)
        {
            page.Add($"<div class=\"card\"><b>{value}</b><span>{what}</span></div>");
        }

        page.Raw("</div>\n");
    }

    // As short as the card is narrow: seconds where milliseconds would be long.
    private static string MedianAnd95(OperationResult? operation) => operation?.Latency switch
    {
        null => "-",
        { P95: < 1000 } latency => Invariant($"{latency.P50:0} / {latency.P95:0} ms"),
        { P95: < 10_000 } latency => Invariant($"{latency.P50 / 1000:0.00} / {latency.P95 / 1000:0.00} s"),
        { } latency => Invariant($"{latency.P50 / 1000:0.0} / {latency.P95 / 1000:0.0} s"),
    };

    private static string Percents(InstrumentResult instruments) => instruments.EngineShare is { } engine
        ? Invariant($"{instruments.DriverShare * 100:0.0} / {engine * 100:0.0} %")
        : Invariant($"{instruments.DriverShare * 100:0.0} %");

    private static void Operations(Html page, LoadResult result)
    {
        page.Raw("<h2>Operations</h2>\n<p class=\"quiet\">Milliseconds from the intended start to the end of the reply, without the up to 2 ms that the driver's timer rounds. A sync is a long poll: most of its time is waiting for something to happen. A delivery goes from a message's intended start to the end of the sync that brought it to one member. Late start is how far behind its schedule the driver began, 99 %.</p>\n");
        page.Raw("<div class=\"card scroll\"><table><tr><th>operation</th><th class=\"text\">workload</th><th>planned</th><th>done</th><th>failed</th><th>per second</th><th>mean</th><th>50 %</th><th>90 %</th><th>95 %</th><th>99 %</th><th>99.9 %</th><th>max</th><th>late start</th></tr>\n");
        foreach (var operation in result.Operations)
        {
            var latency = operation.Latency;
            page.Add($"<tr><td>{operation.Operation}</td><td class=\"text\">{operation.Workload}</td><td>{operation.Planned?.ToString(CultureInfo.InvariantCulture) ?? ""}</td><td>{operation.Done}</td><td>{operation.Failed}</td><td>{operation.PerSecond:0.00}</td><td>{latency.Mean:0.0}</td><td>{latency.P50:0.0}</td><td>{latency.P90:0.0}</td><td>{latency.P95:0.0}</td><td>{latency.P99:0.0}</td><td>{latency.P999:0.0}</td><td>{latency.Max:0.0}</td><td>{(operation.Workload == "open" ? Invariant($"{operation.LateStart.P99:0.0}") : "")}</td></tr>\n");
        }

        page.Raw("</table></div>\n");
    }

    private static void Latency(Html page, LoadResult result)
    {
        // A long poll's time says when something happened, not how fast the server is.
        var shown = result.Operations.Where(operation => operation.Operation is not "sync" && operation.Done > operation.Failed).ToArray();
        if (shown.Length == 0)
        {
            return;
        }

        page.Raw("<h2>Latency over time</h2>\n");
        Legend(page, [("median", "#0072b2"), ("95 %", "#e69f00"), ("99 %", "#d55e00")]);
        page.Raw("<div class=\"two\">");
        foreach (var operation in shown)
        {
            page.Add($"<div class=\"card\"><h3>{operation.Operation}</h3>").Raw(Plots.Latency(result.Timeline.Operations[operation.Operation], operation.Operation, result.Timeline.SliceSeconds, Math.Max(1, result.LoadSeconds), 500, 210)).Raw("</div>");
        }

        page.Raw("</div>\n<h2>Distribution of latency</h2>\n");
        Legend(page, shown.Select((operation, i) => (operation.Operation, Palette.Of(i))));
        page.Raw("<div class=\"card\">").Raw(Plots.Distribution(shown, 1000, 320)).Raw("</div>\n");
    }

    private static void Cpu(Html page, LoadResult result)
    {
        if (result.Timeline.UsageSeconds.Count == 0)
        {
            return;
        }

        // The busiest at the bottom, where its line is read most easily.
        var parts = result.Timeline.Cores.OrderByDescending(part => part.Value.Sum(used => used ?? 0)).Select(part => part.Key).ToArray();
        page.Raw("<h2>CPU by process</h2>\n");
        Legend(page, parts.Select((part, i) => (part, Palette.Of(i))));
        page.Raw("<div class=\"card\">").Raw(Plots.Cpu(result.Timeline, parts, result.LoadSeconds, result.Instruments.Cpus, 1000, 320)).Raw("</div>\n");
    }

    private static void Processes(Html page, LoadResult result)
    {
        page.Add($"<h2>What each process did</h2>\n<p class=\"quiet\">From each process's own metrics: CPU during the load, the rest up to the arrival of the last message. Below them the containers that run no Synapse, then the container engine itself (ports, logs, health checks{(result.Instruments.EngineReadsUsage ? ", readings of usage" : "")}) and the driver.</p>\n");
        page.Raw("<div class=\"card scroll\"><table><tr><th>process</th><th>CPU s</th><th>cores</th><th>memory MiB</th><th>requests</th><th>syncs</th><th>events persisted</th><th>transactions sent</th><th>EDUs sent</th></tr>\n");
        foreach (var process in result.Processes)
        {
            page.Add($"<tr><td>{process.Process}</td><td>{process.CpuSeconds:0.00}</td><td>{process.Cores:0.00}</td><td>{process.MemoryMib:0}</td><td>{process.Requests:0}</td><td>{process.Syncs:0}</td><td>{process.EventsPersisted:0}</td><td>{process.TransactionsSent:0}</td><td>{process.EdusSent:0}</td></tr>\n");
        }

        // Neither one that has a process's own name, nor one whose processes stand in its place.
        var own = result.Processes.Select(process => process.Process).ToHashSet(StringComparer.Ordinal);
        foreach (var container in result.Containers.Where(container => result.Timeline.Cores.ContainsKey(container.Container) && !own.Contains(container.Container)))
        {
            page.Add($"<tr><td>{container.Container}</td><td>{container.CpuSeconds:0.00}</td><td>{container.Cores:0.00}</td><td>{container.MemoryMib:0}</td><td></td><td></td><td></td><td></td><td></td></tr>\n");
        }

        if (result.Instruments.EngineCpuSeconds is { } engineSeconds)
        {
            page.Add($"<tr><td>container engine</td><td>{engineSeconds:0.00}</td><td>{engineSeconds / Math.Max(0.001, result.LoadSeconds):0.00}</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>\n");
        }

        page.Add($"<tr><td>driver</td><td>{result.Instruments.DriverCpuSeconds:0.00}</td><td>{result.Instruments.DriverCpuSeconds / Math.Max(0.001, result.LoadSeconds):0.00}</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>\n");
        page.Raw("</table></div>\n");
    }

    private static void Errors(Html page, LoadResult result)
    {
        if (result.Errors.Count == 0)
        {
            return;
        }

        page.Raw("<h2>Errors</h2>\n<div class=\"card scroll\"><table><tr><th>operation</th><th class=\"text\">cause</th><th>count</th></tr>\n");
        foreach (var error in result.Errors)
        {
            page.Add($"<tr><td>{error.Operation}</td><td class=\"text\">{error.Cause}</td><td>{error.Count}</td></tr>\n");
        }

        page.Raw("</table></div>\n");
    }

    private static void Repeat(Html page, LoadResult result, IReadOnlyList<(string Name, string Value)> environment)
    {
        page.Add($"<h2>Repeat it</h2>\n<pre><code>{result.Command}</code></pre>\n");
        page.Raw("<p class=\"quiet\">Beside this page: result.json (all numbers), samples.csv (every operation), profile.yaml, topology.yaml, environment.json.</p>\n");
        page.Raw("<div class=\"card scroll\"><table>\n");
        foreach (var (name, value) in environment)
        {
            page.Add($"<tr><td>{name}</td><td class=\"text\">{value}</td></tr>\n");
        }

        page.Raw("</table></div>\n");
    }

    private static void Legend(Html page, IEnumerable<(string Name, string Colour)> entries)
    {
        page.Raw("<div class=\"legend\">");
        foreach (var (name, colour) in entries)
        {
            page.Add($"<span><i style=\"background:{colour}\"></i>{name}</span>");
        }

        page.Raw("</div>\n");
    }

    /// <summary>HTML in which every value is escaped.</summary>
    private sealed class Html
    {
        private readonly StringBuilder _text = new();

        public Html Raw(string html)
        {
            _text.Append(html);
            return this;
        }

        public Html Add(FormattableString html)
        {
            var escaped = html.GetArguments().Select(object? (value) => value is string text ? WebUtility.HtmlEncode(text) : value).ToArray();
            _text.AppendFormat(CultureInfo.InvariantCulture, html.Format, escaped);
            return this;
        }

        public override string ToString() => _text.ToString();
    }
}
