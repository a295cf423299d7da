using System.Collections.Concurrent;
using SynapseLab.Catalogue.Introspection;
using SynapseLab.Plans;
using SynapseLab.Runtimes;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// What each Synapse process of a running lab registers. It is read once for all tests of the lab, a homeserver at a time: each import of
/// Synapse costs two seconds of CPU.
/// </summary>
/// <param name="lab">The lab.</param>
public sealed class RunningRoutes(RunningLab lab)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(180);

    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyDictionary<string, RegisteredRoutes>>>> _read = new();
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);

    /// <summary>The routes of the processes of some homeservers, by the processes' identifiers.</summary>
    public async Task<IReadOnlyDictionary<string, RegisteredRoutes>> OfAsync(
        IEnumerable<Homeserver> homeservers,
        CancellationToken cancellationToken)
    {
        var reading = homeservers.Select(homeserver => _read.GetOrAdd(homeserver.Key, _ => new(() => ReadAsync(homeserver))).Value);
        return (await Task.WhenAll(reading).WaitAsync(cancellationToken)).SelectMany(read => read).ToDictionary();
    }

    // Processes of their own beside main, from the files that all containers of the homeserver see. Not ended with the test that asked
    // first: others wait for them.
    private async Task<IReadOnlyDictionary<string, RegisteredRoutes>> ReadAsync(Homeserver homeserver)
    {
        using var limit = new CancellationTokenSource(Deadline);
        string[] arguments =
        [
            "main", "--config-path", "/config/homeserver.yaml",
            .. homeserver.Processes.Skip(1).SelectMany(worker =>
                new[]
                {
                    "--and",
                    "generic_worker",
                    "--config-path",
                    "/config/homeserver.yaml",
                    "--config-path",
                    $"/config/workers/{worker.Name}.yaml",
                }),
        ];
        await _cores.WaitAsync(limit.Token);
        try
        {
            var result = await lab.Engine.ExecAsync(
                lab.ContainerId(homeserver.Main.Id),
                ["python3", "-", .. arguments],
                RegisteredRoutes.Script(),
                limit.Token);
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException($"{homeserver.Key}: {result.Error}");
            }

            var read = homeserver.Processes.Count == 1
                ? [RegisteredRoutes.Parse(result.Output)]
                : RegisteredRoutes.ParseList(result.Output);
            return homeserver.Processes.Zip(read).ToDictionary(pair => pair.First.Id, pair => pair.Second);
        }
        finally
        {
            _cores.Release();
        }
    }
}
