using System.Diagnostics;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes;

/// <summary>
/// Removes everything of a lab, however it was started and however far it came: containers, networks and volumes are found by label,
/// files by the folder. Nothing in a lab has to be saved, so containers are killed rather than stopped.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="processes">Finds a Compose that a killed command left behind.</param>
public sealed class LabCleaner(IContainerEngine engine, ProcessTable processes)
{
    // Containers may appear while others are removed, where a runtime was killed in the middle of its work.
    private const int Rounds = 5;

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
        var some = false;
        for (var round = 0; round < Rounds; round++)
        {
            var containers = await engine.ListAsync(label, cancellationToken);
            var networks = await engine.ListNetworksAsync(label, cancellationToken);
            var volumes = await engine.ListVolumesAsync(label, cancellationToken);
            if (containers.Count + networks.Count + volumes.Count == 0)
            {
                return some;
            }

            some = true;
            await Task.WhenAll(containers.Select(container => engine.RemoveAsync(container.Id, cancellationToken)));
            try
            {
                await Task.WhenAll(networks.Select(network => engine.RemoveNetworkAsync(network, cancellationToken)));
                await Task.WhenAll(volumes.Select(volume => engine.RemoveVolumeAsync(volume, cancellationToken)));
            }
            catch (EngineException) when (round < Rounds - 1)
            {
                // Still in use by a container that came meanwhile: the next round sees it.
            }
        }

        throw LabException.Failed($"parts of lab '{labName}' come back as fast as they are removed", fix: "Somebody is starting it; end that, then run ./lab down again");
    }

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
}
