using SynapseLab.Deployments.Compose;
using System.Diagnostics;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>
/// Removes everything of a lab, however it was started and however far it came: containers,
/// networks and volumes are found by the labels that name the lab and its folder, files by the folder.
/// Another checkout's lab of the same name is not touched. Nothing in a lab has to be saved, so containers are killed rather than stopped.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="processes">Finds a Compose that a killed command left behind.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long to go on where something does not go away; 30 s where not given.</param>
public sealed class LabCleaner(IContainerEngine engine, ProcessTable processes, TimeProvider time, TimeSpan? patience = null)
{
    // aspire-session-network-<random>-<application>
    private const string AspireSession = "aspire-session-network-";

    // Containers may appear while others are removed, where a runtime was killed in the middle of its work,
    // and a network is in use until the engine is done with the last container on it, which may be somebody else's:
    // `docker stop` gives that one 10 s.
    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(30);

    /// <summary>Removes containers, networks, volumes and the folder. Does nothing where nothing is.</summary>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="LabException">Something stays; the last problems say what holds it and what to do (exit code 1).
    /// The folder stays too.</exception>
    public async Task<bool> RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        var some = await RemoveContainersAsync(labName, folder, cancellationToken);
        some |= Directory.Exists(folder.Path);
        folder.Delete();
        return some;
    }

    /// <summary>Removes containers, networks and volumes, not the folder.</summary>
    /// <param name="labName">The lab's name.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="sessionNetworks">Takes the names of networks of Aspire's orchestrator that only this lab was on,
    /// which are left to it then; null: they are removed.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="LabException">Something stays; the last problems say what holds it and what to do (exit code 1).</exception>
    public async Task<bool> RemoveContainersAsync(
        string labName, LabFolder folder, CancellationToken cancellationToken, ICollection<string>? sessionNetworks = null)
    {
        EndCompose(labName, folder);

        // Outside of the wait: an engine that cannot be reached is told at once.
        if ((await LeftAsync(labName, folder, cancellationToken)).Count == 0)
        {
            return false;
        }

        // Before its containers are gone: afterwards nothing says whose it was.
        var session = await SessionNetworksAsync(labName, folder, cancellationToken);

        try
        {
            await new Waiter(time).UntilAsync(
                _patience, $"nothing of lab '{labName}' is left", token => RemoveOnceAsync(labName, folder, token), cancellationToken);
        }
        catch (LabException vain)
        {
            throw new LabException(
                vain.ExitCode,
                [.. vain.Problems, .. await HoldersAsync(labName, await LeftAsync(labName, folder, cancellationToken), cancellationToken)],
                vain);
        }

        foreach (var network in session)
        {
            if (sessionNetworks is not null)
            {
                sessionNetworks.Add(network);
            }
            else
            {
                await engine.RemoveNetworkAsync(network, cancellationToken);
            }
        }

        return true;
    }

    // The network of an Aspire application has no label of the lab's, and may have containers that are not the lab's.
    // Aspire's orchestrator removes it some time after the application's end, and one that was killed never does.
    private async Task<IReadOnlyList<string>> SessionNetworksAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        var onSession = (await engine.ListAsync(null, cancellationToken))
            .SelectMany(container => container.Addresses.Keys.Select(network => (Network: network, container.Labels)))
            .Where(pair => pair.Network.StartsWith(AspireSession, StringComparison.Ordinal));
        return [.. onSession
            .GroupBy(pair => pair.Network, pair => pair.Labels.GetValueOrDefault(LabLabels.Name) == labName && folder.Owns(pair.Labels))
            .Where(containers => containers.All(isOurs => isOurs))
            .Select(containers => containers.Key)];
    }

    private async Task<Observation> RemoveOnceAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        var left = await LeftAsync(labName, folder, cancellationToken);
        if (left.Count == 0)
        {
            return Observation.Yes("nothing");
        }

        await Task.WhenAll(left.Containers.Select(container => engine.RemoveAsync(container, cancellationToken)));
        await Task.WhenAll(left.Networks.Select(network => engine.RemoveNetworkAsync(network, cancellationToken)));
        await Task.WhenAll(left.Volumes.Select(volume => engine.RemoveVolumeAsync(volume, cancellationToken)));
        return Observation.No(
            $"{left.Containers.Count} containers, {left.Networks.Count} networks and {left.Volumes.Count} volumes were still there");
    }

    private async Task<IEnumerable<Problem>> HoldersAsync(string labName, Remains left, CancellationToken cancellationToken)
    {
        var again = $"then {ToType.Lab("down", labName)}";
        if (left.Containers.Count > 0)
        {
            return [new Problem($"parts of lab '{labName}' come back as fast as they are removed", Fix: $"Somebody is starting it; end that, {again}")];
        }

        // None of the lab's own containers is there any more: whoever is on its networks is somebody else's.
        var containers = await engine.ListAsync(null, cancellationToken);
        return left.Networks.Select(network => containers.Where(container => container.Addresses.ContainsKey(network)).Select(container => container.Name).ToArray() switch
        {
            // Docker 20.10 may count an endpoint too many where many containers join at once,
            // and says "has active endpoints" until its end.
            [] => new Problem("the engine counts a container on it that is not there", $"network {network}", $"Restart the engine (systemctl restart docker), {again}"),
            var holders => new Problem(
                $"{string.Join(", ", holders)} {(holders.Length == 1 ? "is" : "are")} on it, not of this lab",
                $"network {network}",
                $"docker rm --force {string.Join(' ', holders)}, {again}"),
        });
    }

    private async Task<Remains> LeftAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        var label = $"{LabLabels.Name}={labName}";
        return new Remains(
            [.. (await engine.ListAsync(label, cancellationToken)).Where(container => folder.Owns(container.Labels)).Select(container => container.Id)],
            [.. (await engine.ListNetworksAsync(label, cancellationToken)).Where(network => folder.Owns(network.Labels)).Select(network => network.Name)],
            [.. (await engine.ListVolumesAsync(label, cancellationToken)).Where(volume => folder.Owns(volume.Labels)).Select(volume => volume.Name)]);
    }

    // A command that was killed with -9 leaves its `docker-compose --project-name PROJECT ... up` running,
    // which would go on starting containers.
    private void EndCompose(string labName, LabFolder folder)
    {
        var mark = $"--project-name {ComposeRenderer.ProjectName(labName, folder.Mark)} ";
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
