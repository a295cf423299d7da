using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Collecting;

/// <summary>Writes what tells how a lab fared into a folder, see <see cref="LabCollectingExtensions.CollectAsync"/>.
/// Whatever can't be had is said, and the rest goes on.</summary>
/// <param name="lab">The lab, or what is left of it.</param>
/// <param name="folder">Where to.</param>
internal sealed class LabCollector(RunningLab lab, string folder)
{
    // Of one part: an engine gives some ten megabytes of a log in a second.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Secrets are looked for in what is written: a + has to stand there as such. No browser reads it.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentBag<Problem> _missing = [];

    /// <summary>Collects.</summary>
    /// <returns>What could not be had, in alphabetical order.</returns>
    /// <exception cref="LabException">The folder is no place for it (exit code 2).</exception>
    public async Task<IReadOnlyList<Problem>> RunAsync(CancellationToken cancellationToken)
    {
        MakeFolder();
        var files = ReadFiles();
        var redactor = Redactor.Of(lab.State, lab.Folder, files);
        await TryAsync("configuration", _ => WriteConfiguration(files, redactor), cancellationToken);

        LabStatus? status = null;
        await TryAsync("status", async token =>
        {
            status = await LabStatus.ReadAsync(lab, token);
            WriteJson("status.json", status.ToJson(), redactor);
        }, cancellationToken);
        var ended = status?.Parts.Where(part => part.State.Run != PartRun.Running).ToDictionary(part => part.Part.Name, part => part.Sentence) ?? [];
        await Task.WhenAll(
        [
            TryAsync(
                "versions",
                async token => WriteJson("versions.json", await LabVersions.ReadAsync(lab, token), redactor),
                cancellationToken),
            .. lab.Deployment.Containers.Select(container => TryAsync($"log of {container.Name}", token => WriteLogsAsync(container, redactor, token), cancellationToken)),
            .. lab.Deployment.Processes.Select(process => TryAsync($"metrics of {process.Id}", token => WriteMetricsAsync(process, ended, redactor, token), cancellationToken)),
        ]);

        Problem[] missing = [.. _missing.OrderBy(problem => problem.Where, StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            await File.WriteAllLinesAsync(
                PathOf("missing.txt"), missing.Select(problem => redactor.Text(problem.ToString())), cancellationToken);
        }

        return missing;
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                return;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && DiskProblem.Of(e) is null))
        {
            throw LabException.WrongUse(
                $"nothing can be collected there: {e.Message.TrimEnd('.')}",
                folder,
                "Name a folder that you may write");
        }

        throw LabException.WrongUse(
            "the folder is not empty, and what is in it would be taken for this lab's",
            folder,
            "Name another folder");
    }

    // As they lie there, not as they were rendered: somebody may have tried a change.
    private List<LabFile> ReadFiles()
    {
        var files = new List<LabFile>();
        foreach (var path in lab.Deployment.Files.Select(file => file.Path).Append(ComposeRenderer.FileName))
        {
            try
            {
                files.Add(new LabFile(path, File.ReadAllText(lab.Folder.File(path))));
            }
            catch (FileNotFoundException) when (path == ComposeRenderer.FileName)
            {
                // Another runtime has none.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _missing.Add(new Problem(e.Message, $"configuration {path}"));
            }
        }

        return files;
    }

    private Task WriteConfiguration(List<LabFile> files, Redactor redactor)
    {
        foreach (var file in files)
        {
            using var writer = Writer($"config/{file.Path}");
            writer.Write(redactor.File(file));
        }

        if (lab.State.TopologyText.Length > 0)
        {
            using var writer = Writer("config/topology.yaml");
            writer.Write(redactor.Topology(lab.State.TopologyText));
        }

        return Task.CompletedTask;
    }

    private async Task WriteLogsAsync(ContainerSpec container, Redactor redactor, CancellationToken cancellationToken)
    {
        if (!lab.Containers.TryGetValue(container.Name, out var found))
        {
            throw LabException.Failed("its container was removed, or never made");
        }

        // What no process wrote: of a shared container what its launcher says.
        using var own = Writer($"logs/{container.Name}.log");
        using var requests = container.Kind == ContainerKind.Proxy ? Writer("logs/proxy-access.jsonl") : null;
        var shared = container.Kind == ContainerKind.Homeserver
            ? lab.Deployment.Processes.Where(process => process.Container == container.Name).Select(process => (Lines: new LaunchedLines(process.Id), Writer: Writer($"logs/{process.Id}.log"))).ToArray()
            : [];
        try
        {
            await foreach (var line in lab.Engine.LogsAsync(found.Id, new LogRequest(), cancellationToken))
            {
                var text = redactor.Text(line.Text);
                var writers = shared.Where(process => process.Lines.Includes(line.Text)).Select(process => process.Writer).ToArray();
                var writer = requests is not null && ProxyLogLine.TryParse(line.Text) is not null ? requests : writers.SingleOrDefault(own);
                await writer.WriteLineAsync(text.AsMemory(), cancellationToken);
            }
        }
        finally
        {
            foreach (var (_, writer) in shared)
            {
                await writer.DisposeAsync();
            }
        }
    }

    private async Task WriteMetricsAsync(
        SynapseProcess process, IReadOnlyDictionary<string, string> ended, Redactor redactor, CancellationToken cancellationToken)
    {
        if (ended.TryGetValue(process.Id, out var matter))
        {
            throw LabException.Failed(matter);
        }

        var text = await lab.MetricsTextAsync(process.Id, cancellationToken);
        using var writer = Writer($"metrics/{process.Id}.prom");
        writer.Write(redactor.Text(text));
    }

    private void WriteJson(string path, JsonObject json, Redactor redactor)
    {
        using var writer = Writer(path);
        writer.WriteLine(redactor.Text(json.ToJsonString(Indented)));
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            // Side by side with the others also where it does not wait for anything.
            await Task.Run(() => writeAsync(limit.Token), limit.Token);
        }
        catch (LabException e)
        {
            _missing.Add(new Problem(e.Problems[0].What, what, e.Problems[0].Fix));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _missing.Add(new Problem($"no answer within {Patience.TotalSeconds:0} s", what));
        }
        catch (Exception e) when (e is not OperationCanceledException && DiskProblem.Of(e) is null)
        {
            _missing.Add(new Problem(e.GetBaseException().Message.TrimEnd('.'), what));
        }
    }

    private StreamWriter Writer(string path)
    {
        var file = PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return new StreamWriter(file) { NewLine = "\n" };
    }

    private string PathOf(string path) => Path.Combine(folder, path);
}
