using System.Diagnostics;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes;

/// <summary>
/// Removes everything of a lab, however it was started and however far it came: containers, networks and volumes are found by label,
/// files by the folder. Nothing in a lab has to be saved, so containers are killed rather than stopped.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="processes">Finds a Compose that a killed command left behind.</param>
public sealed class LabCleaner(IContainerEngine engine, ProcessTable processes)
{
    // Containers may appear while others are removed, where a runtime was killed in the middle of its work, and a network is in use until the
    // engine is done with the last container on it, which may be somebody else's.
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    /// <summary>Removes containers, networks, volumes and the folder. Does nothing where nothing is.</summary>
    /// <returns>Whether there was anything.</returns>
    public async Task<bool> RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        var some = await RemoveContainersAsync(labName, cancellationToken);
        some |= Directory.Exists(folder.Path);
        folder.Delete();
        return some;
    }

    /// <summary>Removes containers, networks and volumes, not the folder.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> RemoveContainersAsync(string labName, CancellationToken cancellationToken)
    {
        EndCompose(labName);
        var label = $"{LabLabels.Name}={labName}";

        // Outside of the wait: an engine that cannot be reached is told at once.
        if ((await LeftAsync(label, cancellationToken)).Count == 0)
        {
            return false;
        }

        await new Waiter(TimeProvider.System).UntilAsync(
            _deadline,
            $"nothing of lab '{labName}' is left",
            async token =>
            {
                var left = await LeftAsync(label, token);
                if (left.Count == 0)
                {
                    return Look.Yes("nothing");
                }

                await Task.WhenAll(left.Containers.Select(container => engine.RemoveAsync(container, token)));
                await Task.WhenAll(left.Networks.Select(network => engine.RemoveNetworkAsync(network, token)));
                await Task.WhenAll(left.Volumes.Select(volume => engine.RemoveVolumeAsync(volume, token)));
                return Look.No($"{left.Containers.Count} containers, {left.Networks.Count} networks and {left.Volumes.Count} volumes were still there");
            },
            cancellationToken);
        return true;
    }

    private async Task<Remains> LeftAsync(string label, CancellationToken cancellationToken) => new(
        [.. (await engine.ListAsync(label, cancellationToken)).Select(container => container.Id)],
        await engine.ListNetworksAsync(label, cancellationToken),
        await engine.ListVolumesAsync(label, cancellationToken));

    // A command that was killed with -9 leaves its `docker-compose --project-name synapse-lab-NAME ... up` running, which would go on starting containers.
    private void EndCompose(string labName)
    {
        var mark = $"--project-name {LabLabels.Project(labName)} ";
        // docker compose ..., and its plugin: /usr/libexec/docker/cli-plugins/docker-compose ...
        foreach (var left in processes.All().Where(process =>
            Path.GetFileName(process.Command.Split(' ')[0]).StartsWith("docker", StringComparison.Ordinal) && process.Command.Contains(mark, StringComparison.Ordinal)))
        {
            try
            {
                using var process = Process.GetProcessById(left.Pid);
                process.Kill();
                process.WaitForExit(TimeSpan.FromSeconds(2));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended by itself, or is somebody else's.
            }
        }
    }

    private sealed record Remains(IReadOnlyList<string> Containers, IReadOnlyList<string> Networks, IReadOnlyList<string> Volumes)
    {
        public int Count => Containers.Count + Networks.Count + Volumes.Count;
    }
}
