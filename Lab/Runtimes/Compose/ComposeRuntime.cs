using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Runtimes.Compose;

/// <summary>Starts a lab with Docker Compose from the file in its folder, the same that compose/ has for people without .NET.</summary>
/// <param name="engine">The engine that Compose starts containers on.</param>
/// <param name="cleaner">Removes it.</param>
internal sealed class ComposeRuntime(IContainerEngine engine, LabCleaner cleaner) : ILabRuntime
{
    /// <inheritdoc/>
    public string Name => "compose";

    /// <inheritdoc/>
    public async Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken)
    {
        LabFileWriter.Write(folder, [new LabFile(ComposeRenderer.FileName, ComposeRenderer.Render(WithoutNeedlessWaits(deployment)))]);
        var user = UnixUser.Current();
        var compose = ComposeProgram.OfThisUser();
        var result = await ExternalCommand.RunAsync(
            compose.Program,
            [.. compose.Arguments, "--project-name", ComposeRenderer.ProjectName(deployment.LabName, folder.Mark), "--file", folder.File(ComposeRenderer.FileName), "--progress", "quiet", "up", "--detach", "--no-build", "--pull", "never"],
            new Dictionary<string, string>(engine.Socket.Environment)
            {
                ["LAB_FOLDER"] = folder.Path,
                ["LAB_UID"] = user.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["LAB_GID"] = user.Gid.ToString(System.Globalization.CultureInfo.InvariantCulture),
                // Variables of the caller would name other projects and files.
                ["COMPOSE_PROJECT_NAME"] = "",
                ["COMPOSE_FILE"] = "",
                // All containers at once, not a handful at a time.
                ["COMPOSE_PARALLEL_LIMIT"] = "-1",
            },
            cancellationToken);
        if (result.ExitCode != 0)
        {
            throw LabException.Failed($"Docker Compose could not start the lab: {result.LastError}", fix: "See ./lab doctor");
        }
    }

    // The lab looks at health from outside. A command that the engine runs in each of ten containers every few seconds costs a tenth of a
    // core for nothing, so it is left to those on whose health another container waits.
    // And who needs nothing but that another container has been started finds it long before it has imported its own code:
    // Compose would start them in two steps, with a pause between.
    private static Deployment WithoutNeedlessWaits(Deployment deployment)
    {
        var waitedFor = deployment.Containers
            .SelectMany(container => container.DependsOn)
            .Where(dependency => dependency.Condition == DependencyCondition.Healthy)
            .Select(dependency => dependency.Container)
            .ToHashSet();
        return deployment with
        {
            Containers = [.. deployment.Containers.Select(container => container with
            {
                HealthCommand = waitedFor.Contains(container.Name) ? container.HealthCommand : [],
                DependsOn = [.. container.DependsOn.Where(dependency => dependency.Condition == DependencyCondition.Healthy)],
            })],
        };
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) =>
        cleaner.RemoveContainersAsync(labName, folder, cancellationToken);
}
