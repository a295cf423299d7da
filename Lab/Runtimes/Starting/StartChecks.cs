using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>
/// The checks of <see cref="Readiness"/>, each part looked at from when its log says that it listens,
/// and workers and the proxy only once main is healthy, without which they can't be: a look takes some hundredths of a second of a worker's
/// CPU, and main is still starting on it.
/// </summary>
public sealed class StartChecks
{
    // A process whose log does not say that it listens is looked at all the same.
    private static readonly TimeSpan SignDeadline = TimeSpan.FromSeconds(2);

    private readonly Deployment _deployment;
    private readonly ListeningSigns _signs;
    private readonly Dictionary<string, TaskCompletionSource> _mains;

    private StartChecks(Deployment deployment, ListeningSigns signs)
    {
        _deployment = deployment;
        _signs = signs;
        _mains = deployment.Homeservers.ToDictionary(
            homeserver => homeserver.Main.Id,
            _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>The checks of a deployment that is being started, one for each part.</summary>
    /// <param name="deployment">What is started.</param>
    /// <param name="signs">Which of it listen.</param>
    /// <param name="parts">Asks them.</param>
    public static IReadOnlyList<Condition> Of(Deployment deployment, ListeningSigns signs, PartClient parts)
    {
        var checks = new StartChecks(deployment, signs);
        var readiness = new Readiness(deployment, parts);
        return [.. LabPart.All(deployment).Select(part => checks.AfterSign(readiness.Of(part), part))];
    }

    private Condition AfterSign(Condition check, LabPart part) => check with
    {
        ObserveAsync = async token =>
        {
            try
            {
                await Task.WhenAll(SignsOf(part, token)).WaitAsync(SignDeadline, token);
            }
            catch (Exception e) when (e is TimeoutException or EngineException or IOException or HttpRequestException)
            {
                // No sign: look.
            }

            var look = await check.ObserveAsync(token);
            if (look.Holds && _mains.TryGetValue(part.Name, out var main))
            {
                main.TrySetResult();
            }

            return look;
        },
    };

    private IEnumerable<Task> SignsOf(LabPart part, CancellationToken token) => part switch
    {
        { Container.Kind: ContainerKind.Proxy } => _mains.Values.Select(main => main.Task),
        { Process: { IsMain: false } worker } => [_signs.ListeningAsync(part.Container.Name, token), _mains[MainOf(worker)].Task],
        _ => [_signs.ListeningAsync(part.Container.Name, token)],
    };

    private string MainOf(SynapseProcess worker) =>
        _deployment.Homeservers.Single(homeserver => homeserver.Key == worker.HomeserverKey).Main.Id;
}
