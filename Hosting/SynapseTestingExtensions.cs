using SynapseLab.Hosting.Model;
using SynapseLab.Hosting.Lifecycle;
using SynapseLab.Runtimes.Resetting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab;
using SynapseLab.Runtimes;
using SynapseLab.Yaml;

namespace Aspire.Hosting;

/// <summary>What tests do with Synapse in an application that runs, beside what Aspire.Hosting.Testing has for every resource.</summary>
public static class SynapseTestingExtensions
{
    /// <summary>
    /// Gives a test fresh homeservers in place of a new application: users, rooms and media are gone, and all is healthy again when this
    /// returns. URLs, ports, secrets and signing keys are as before, and the other resources run on; access tokens from before are void.
    /// Homeservers of a federation share their database server, so that all of them are fresh.
    /// </summary>
    /// <param name="application">The application, started.</param>
    /// <param name="name">The resource: a homeserver, or a federation.</param>
    /// <param name="cancellationToken">Cancels; the next reset does it to its end.</param>
    /// <exception cref="LabException">There is no such resource, it does not run, or a part of it is in no state for it (exit code 2); the
    /// message says what to do. It did not become healthy again (exit code 1).</exception>
    /// <remarks>
    /// <example>
    /// <code lang="csharp">
    /// await application.ResourceNotifications.WaitForResourceHealthyAsync("hs1");
    /// await application.ResetSynapseAsync("hs1");
    /// </code>
    /// </example>
    /// </remarks>
    public static async Task ResetSynapseAsync(
        this DistributedApplication application, string name, CancellationToken cancellationToken = default)
    {
        var deployment = Find(application, name);
        await using var lab = await deployment.Lab.AttachAsync(cancellationToken);
        await lab.ResetAsync(cancellationToken: cancellationToken);
        await deployment.Shown.RunningAsync(lab.Waiter, cancellationToken);
    }

    /// <summary>All that a lab can do with a homeserver, or a federation: kill, pause and cut off processes, read
    /// their metrics and logs and the proxy's log, ask the database.</summary>
    /// <param name="application">The application, started.</param>
    /// <param name="name">The resource.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The lab; the caller disposes it, and the application runs on.</returns>
    /// <exception cref="LabException">There is no such resource, or it does not run (exit code 2).</exception>
    public static Task<RunningLab> AttachToSynapseAsync(
        this DistributedApplication application, string name, CancellationToken cancellationToken = default) =>
        Find(application, name).Lab.AttachAsync(cancellationToken);

    private static SynapseLifecycle Find(DistributedApplication application, string name)
    {
        ArgumentNullException.ThrowIfNull(application);
        var deployments = application.Services.GetServices<SynapseLifecycle>().ToArray();
        return deployments.FirstOrDefault(deployment => NamesOf(deployment.Plan).Contains(name))
            ?? throw LabException.WrongUse(
                $"the application has no homeserver '{name}'",
                fix: Spelling.SuggestAmong(name, deployments.SelectMany(deployment => NamesOf(deployment.Plan)), "It has"));
    }

    private static IEnumerable<string> NamesOf(SynapseDeployment plan) =>
        plan.Homeservers.Cast<IResource>().Append(plan.Root).Select(resource => resource.Name).Distinct();
}
