using System.Globalization;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;

namespace SynapseLab.Hosting.Model;

/// <summary>Arguments of <c>docker run</c> for what Aspire has no words for.</summary>
internal static class RuntimeArguments
{
    /// <summary>The arguments, in order.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="deployment">Its deployment.</param>
    /// <param name="folder">The lab's folder.</param>
    /// <param name="owner">Who owns the folder.</param>
    public static IEnumerable<string> Of(ContainerSpec spec, Deployment deployment, LabFolder folder, UnixUser owner)
    {
        var project = LabLabels.Project(deployment.LabName);
        var name = $"{LabLabels.Name}={deployment.LabName}";
        var ofFolder = $"{LabLabels.Folder}={folder.Path}";
        string[] labels = [name, $"{LabLabels.Container}={spec.Name}", $"{LabLabels.Kind}={spec.Kind}", ofFolder];
        return
        [
            .. labels.SelectMany(label => new[] { "--label", label }),
            // The lab looks from outside; an image's own health check costs CPU for nothing.
            "--no-healthcheck",
            .. StopSignals.Of(spec.Kind) is { } signal ? ["--stop-signal", signal] : Array.Empty<string>(),
            .. spec.RunAsOwner ? ["--user", owner.ToString()] : Array.Empty<string>(),
            .. spec.Tmpfs.SelectMany(path => new[] { "--tmpfs", path }),
            // Aspire's own volumes outlive the application and have no label to be found by.
            .. spec.Volumes.SelectMany(volume => new[]
            {
                "--mount",
                $"type=volume,source={project}_{volume.Key},target={volume.Value},volume-label={name},volume-label={ofFolder}",
            }),
            .. Of(spec.Limits),
        ];
    }

    private static IEnumerable<string> Of(Limits limits)
    {
        if (limits.Cpus is { } cpus)
        {
            yield return "--cpus";
            yield return cpus.ToString(CultureInfo.InvariantCulture);
        }

        if (limits.MemoryBytes is { } memory)
        {
            yield return "--memory";
            yield return memory.ToString(CultureInfo.InvariantCulture);
        }
    }
}
