using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Waiting;

namespace SynapseLab.Hosting.Model;

/// <summary>Tells Aspire what the lab's own checks say, so that dashboard and command line agree.</summary>
/// <param name="checks">All have to hold; asked for at each look, since before the start there is nothing to look at.</param>
internal sealed class SynapseHealthCheck(Func<IReadOnlyList<Condition>> checks) : IHealthCheck
{
    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var seen = new List<string>();
        foreach (var check in checks())
        {
            try
            {
                var look = await check.ObserveAsync(cancellationToken);
                if (!look.Holds)
                {
                    return HealthCheckResult.Unhealthy($"{check.Name}: {look.Seen}");
                }

                seen.Add(look.Seen);
            }
            catch (Exception e) when (e is HttpRequestException or EngineException)
            {
                return HealthCheckResult.Unhealthy($"{check.Name}: {e.Message}");
            }
        }

        return HealthCheckResult.Healthy(string.Join("; ", seen));
    }
}
