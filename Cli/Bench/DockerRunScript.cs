using System.Globalization;
using System.Text;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using static System.FormattableString;

namespace SynapseLab.Cli.Bench;

/// <summary>What somebody in a hurry would write: a shell script that runs every container of a deployment at once.</summary>
internal static class DockerRunScript
{
    /// <summary>The script's text.</summary>
    /// <param name="deployment">The containers.</param>
    /// <param name="folder">Where its files and secrets lie.</param>
    /// <param name="user">Owner of those.</param>
    public static string Render(Deployment deployment, LabFolder folder, UnixUser user)
    {
        var network = LabLabels.Project(deployment.LabName);
        var script = new StringBuilder("#!/bin/sh\n# Runs all containers at once; nothing waits for anything.\nset -eu\n");
        string[] labels = ["--label", $"{LabLabels.Name}={deployment.LabName}", "--label", $"{LabLabels.Folder}={folder.Path}"];
        script.Append(ToType.Words(["docker", "network", "create", .. labels, network])).Append(" >/dev/null\n");
        foreach (var container in deployment.Containers)
        {
            script.Append(ToType.Words(Words(deployment, container, folder, user, network))).Append(" >/dev/null &\n");
        }

        return script.Append("wait\n").ToString();
    }

    private static IEnumerable<string> Words(
        Deployment deployment, ContainerSpec container, LabFolder folder, UnixUser user, string network)
    {
        var (ofLab, ofFolder) = ($"{LabLabels.Name}={deployment.LabName}", $"{LabLabels.Folder}={folder.Path}");
        var words = new List<string>
        {
            "docker", "run", "--detach", "--name", $"{network}-{container.Name}", "--network", network, "--network-alias", container.Name,
            "--label", ofLab, "--label", $"{LabLabels.Container}={container.Name}", "--label", $"{LabLabels.Kind}={container.Kind}",
            "--label", ofFolder,
        };
        void Add(string option, IEnumerable<string> values) => words.AddRange(values.SelectMany(value => new[] { option, value }));
        Add("--network-alias", container.Aliases);
        Add("--env", container.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
        Add("--volume", container.Mounts.Select(mount => $"{folder.File(mount.Source)}:{mount.Target}{(mount.ReadOnly ? ":ro" : "")}"));
        Add("--mount", container.Volumes.Select(volume =>
            $"type=volume,source={network}_{volume.Key},target={volume.Value},volume-label={ofLab},volume-label={ofFolder}"));
        Add("--tmpfs", container.Tmpfs);
        Add("--publish", container.Ports.Select(port => Invariant($"127.0.0.1:{port.HostPort}:{port.ContainerPort}")));
        Add("--user", container.RunAsOwner ? [user.ToString()] : []);
        Add("--cpus", container.Limits.Cpus is { } cpus ? [cpus.ToString(CultureInfo.InvariantCulture)] : []);
        Add("--memory", container.Limits.MemoryBytes is { } memory ? [memory.ToString(CultureInfo.InvariantCulture)] : []);
        // docker run takes one word as entry point; the others come before the command.
        Add("--entrypoint", container.Entrypoint.Take(1));
        return [.. words, container.Image, .. container.Entrypoint.Skip(1), .. container.Command];
    }
}
