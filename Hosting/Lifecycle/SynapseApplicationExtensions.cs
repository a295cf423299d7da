using SynapseLab.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynapseLab;
using SynapseLab.Runtimes.Machine;

namespace Aspire.Hosting;

/// <summary>Runs applications with Synapse in them.</summary>
public static class SynapseApplicationExtensions
{
    // Aspire waits half a minute for its orchestrator where that has not come up yet.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(4);

    /// <summary>
    /// <c>Run()</c> for a program that does nothing else: what goes wrong with a deployment of Synapse ends it, is
    /// told in a user's words, and is taken down again, also where Ctrl-C comes in the middle of the start. With <c>Run()</c> itself it
    /// is shown on the resource, the rest of the application goes on, and what Ctrl-C in the middle of the start leaves is removed by
    /// the next start, or by <c>./lab down</c>.
    /// </summary>
    /// <param name="application">The application; it is disposed.</param>
    /// <exception cref="LabException">A deployment did not start: the engine, ports, images, a container that died, Ctrl-C.
    /// <see cref="LabException.ExitCode"/> is what <c>./lab up</c> would have ended with.</exception>
    public static async Task RunLabAsync(this DistributedApplication application)
    {
        await using var own = application;
        using var interrupted = new InterruptSignals();
        var labs = application.Services.GetServices<SynapseLifecycle>().ToArray();
        foreach (var lab in labs)
        {
            lab.EndsApplication = true;
        }

        var lifetime = application.Services.GetRequiredService<IHostApplicationLifetime>();
        try
        {
            await application.RunAsync(interrupted.Token);
        }
        catch (OperationCanceledException) when (interrupted.Token.IsCancellationRequested)
        {
            // Nothing has been started that could tell it below.
            throw LabException.Failed("interrupted");
        }
        catch (DistributedApplicationException e)
        {
            throw LabException.Failed(e.Message.TrimEnd('.'), fix: "See ./lab doctor", inner: e);
        }
        finally
        {
            // A start that was broken off is not stopped by the host.
            if (!lifetime.ApplicationStopped.IsCancellationRequested)
            {
                await StopAsync(application);
            }

            foreach (var lab in labs)
            {
                await lab.RemoveAsync();
            }
        }

        if (labs.Select(lab => lab.EndedBy).OfType<LabException>().FirstOrDefault() is { } failure)
        {
            throw failure;
        }
    }

    private static async Task StopAsync(DistributedApplication application)
    {
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await application.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Aspire's orchestrator goes with this process.
        }
    }
}
