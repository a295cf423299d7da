using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.AppHost.AspireRuntime;

/// <summary>Tells Aspire whether a container is healthy by running the deployment's health command in it, the same that Docker Compose would run.</summary>
/// <param name="engine">The engine that runs the container.</param>
/// <param name="containerName">Its name on the engine.</param>
/// <param name="command">Exits 0 when the container is healthy.</param>
internal sealed class ContainerHealth(IContainerEngine engine, string containerName, IReadOnlyList<string> command) : IHealthCheck
{
    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = await engine.ExecAsync(containerName, command, input: null, cancellationToken);
            return result.ExitCode == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"exit code {result.ExitCode}: {(result.Error + result.Output).Trim()}");
        }
        catch (EngineException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
