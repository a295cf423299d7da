using System.Collections.Concurrent;
using SynapseLab.Deployments;
using SynapseLab.Routing.Introspection;
using SynapseLab.Runtimes;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>What each Synapse process of a running lab registers. It is read once for all tests of the lab: each process costs two seconds of CPU.</summary>
/// <param name="lab">The lab.</param>
public sealed class RunningRoutes(RunningLab lab)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(180);

    private readonly ConcurrentDictionary<string, Lazy<Task<RegisteredRoutes>>> _read = new();
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);

    /// <summary>The routes of some processes, by the processes' identifiers.</summary>
    public async Task<IReadOnlyDictionary<string, RegisteredRoutes>> OfAsync(IEnumerable<SynapseProcess> processes, CancellationToken cancellationToken)
    {
        var reading = processes.Select(async process => (process.Id, Routes: await _read.GetOrAdd(process.Id, _ => new(() => ReadAsync(process))).Value));
        return (await Task.WhenAll(reading).WaitAsync(cancellationToken)).ToDictionary(entry => entry.Id, entry => entry.Routes);
    }

    // A process of its own inside the container of the running one, from the same files. Not ended with the test that asked first: others wait for it.
    private async Task<RegisteredRoutes> ReadAsync(SynapseProcess process)
    {
        using var limit = new CancellationTokenSource(Deadline);
        string[] arguments = process.IsMain
            ? ["main", "--config-path", "/config/homeserver.yaml"]
            : ["generic_worker", "--config-path", "/config/homeserver.yaml", "--config-path", $"/config/workers/{process.Name}.yaml"];
        await _cores.WaitAsync(limit.Token);
        try
        {
            var result = await lab.Engine.ExecAsync(lab.ContainerId(process.Id), ["python3", "-", .. arguments], RegisteredRoutes.Script(), limit.Token);
            return result.ExitCode == 0 ? RegisteredRoutes.Parse(result.Output) : throw new InvalidOperationException($"{process.Id}: {result.Error}");
        }
        finally
        {
            _cores.Release();
        }
    }
}
