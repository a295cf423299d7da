using System.Globalization;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Yaml;

namespace SynapseLab.Deployments.Compose;

/// <summary>
/// Renders a deployment as a Docker Compose project: <c>docker-compose.yaml</c>, the deployment's files,
/// and a script that makes the secrets for people without the lab. The folders under compose/ hold this for every topology of the lab;
/// the lab's Compose runtime starts the same file.
/// </summary>
public static class ComposeRenderer
{
    /// <summary>The file's name.</summary>
    public const string FileName = "docker-compose.yaml";

    /// <summary>
    /// Name of a lab's Compose project: <c>synapse-lab-reference-3f2a9c</c>. It is the folder's own,
    /// since Compose takes all containers of a project for its own to replace: those of another checkout,
    /// or of somebody who runs compose/ by hand.
    /// </summary>
    /// <param name="labName">The lab's name.</param>
    /// <param name="folderMark">Tells the lab's folder from others: <c>3f2a9c</c>.</param>
    public static string ProjectName(string labName, string folderMark) => $"{LabLabels.Project(labName)}-{folderMark}";

    /// <summary>Every file of the project, ordinal by path; secrets are not among them.</summary>
    public static IReadOnlyList<LabFile> RenderProject(Deployment deployment) =>
    [
        .. deployment.Files
            .Append(new LabFile(FileName, Render(deployment)))
            .Append(new LabFile(SecretsScript.FileName, SecretsScript.Render(deployment), Executable: true))
            .OrderBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>The text of docker-compose.yaml. Paths in it are relative to its own folder.</summary>
    public static string Render(Deployment deployment)
    {
        var yaml = new YamlWriter()
            .Comment($"Synapse worker lab, topology '{deployment.Topology.Name}'.")
            .Comment(string.Join(' ', deployment.Topology.Description.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
            .Comment(
                "Run it:    ./make-secrets && docker compose up --detach",
                "Remove it: docker compose down --volumes",
                "Reach it:  " + string.Join(", ", deployment.Endpoints.Where(endpoint => endpoint.Name == "client").Select(endpoint => $"{endpoint.Uri} ({endpoint.HomeserverKey})")))
            .Entry("name", LabLabels.Project(deployment.LabName));

        var shared = SharedBySynapse.Of(deployment);
        foreach (var group in shared)
        {
            yaml.Blank()
                .Comment(group.Comment)
                .Entry($"x-{group.Anchor}", new YamlAnchored(group.Anchor, group.Service));
        }

        yaml.Blank().Head("services");
        foreach (var (container, index) in deployment.Containers.Select((container, index) => (container, index)))
        {
            if (index > 0)
            {
                yaml.Blank();
            }

            yaml.Entry(
                container.Name, Service(deployment, container, shared.FirstOrDefault(group => group.Containers.Contains(container))), 2);
        }

        yaml.Blank().Entry("networks", Map(("default", Map(
            ("name", LabLabels.Project(deployment.LabName)),
            ("labels", Map(
                (LabLabels.Name, deployment.LabName),
                (LabLabels.Folder, Folder)))))));
        var volumes = deployment.Containers
            .SelectMany(container => container.Volumes.Keys)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (volumes.Length > 0)
        {
            yaml.Blank().Entry("volumes", volumes.ToDictionary(volume => volume, volume => (object?)Map(
                ("name", $"{LabLabels.Project(deployment.LabName)}_{volume}"),
                ("labels", Map((LabLabels.Name, deployment.LabName), (LabLabels.Folder, Folder))))));
        }

        return yaml.ToString();
    }

    // The lab sets LAB_FOLDER, so that a lab is found again from its containers; by hand it is not needed.
    private const string Folder = "${LAB_FOLDER:-}";

    private static IReadOnlyDictionary<string, object?> Service(Deployment deployment, ContainerSpec container, SharedBySynapse? shared)
    {
        var service = new Dictionary<string, object?>();
        if (shared is not null)
        {
            service["<<"] = new YamlVerbatim($"*{shared.Anchor}");
        }

        foreach (var (key, value) in Full(deployment, container))
        {
            if (shared is null || !shared.Service.ContainsKey(key))
            {
                service[key] = value;
            }
        }

        return service;
    }

    // Everything that a service says; what a group of services shares is taken out by the caller.
    internal static IReadOnlyDictionary<string, object?> Full(Deployment deployment, ContainerSpec container)
    {
        var service = new Dictionary<string, object?>
        {
            ["container_name"] = $"{LabLabels.Project(deployment.LabName)}-{container.Name}",
            ["image"] = container.Image,
        };
        if (container.RunAsOwner)
        {
            // The owner of the files: secrets are readable by nobody else. Compose replaces variables before it does anything,
            // so that without make-secrets, which writes them to .env, this is the first thing it says:
            // "required variable LAB_UID is missing a value: run ./make-secrets first".
            const string first = $"run ./{SecretsScript.FileName} first";
            service["user"] = new YamlVerbatim($"\"${{LAB_UID:?{first}}}:${{LAB_GID:?{first}}}\"");
        }

        AddUnlessEmpty(service, "entrypoint", container.Entrypoint);
        AddUnlessEmpty(service, "command", container.Command);
        if (container.Environment.Count > 0)
        {
            service["environment"] = container.Environment
                .OrderBy(variable => variable.Key, StringComparer.Ordinal)
                .ToDictionary(variable => variable.Key, variable => (object?)Escape(variable.Value));
        }

        IReadOnlyList<object?> mounts = [.. container.Mounts.Select(Bind), .. container.Volumes.Select(volume => $"{volume.Key}:{volume.Value}")];
        if (mounts.Count > 0)
        {
            service["volumes"] = mounts;
        }

        AddUnlessEmpty(service, "tmpfs", container.Tmpfs);
        AddUnlessEmpty(service, "ports", [.. container.Ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port.HostPort}:{port.ContainerPort}"))]);
        if (container.Aliases.Count > 0)
        {
            service["networks"] = Map(("default", Map(("aliases", List(container.Aliases)))));
        }

        if (container.Limits.Cpus is { } cpus)
        {
            service["cpus"] = cpus;
        }

        if (container.Limits.MemoryBytes is { } memory)
        {
            service["mem_limit"] = string.Create(CultureInfo.InvariantCulture, $"{memory >> 20}m");
        }

        if (container.DependsOn.Count > 0)
        {
            service["depends_on"] = container.DependsOn.ToDictionary(
                dependency => dependency.Container,
                dependency => (object?)Map(("condition", dependency.Condition == DependencyCondition.Healthy ? "service_healthy" : "service_started")));
        }

        if (HealthCheck(deployment, container) is { } healthCheck)
        {
            service["healthcheck"] = healthCheck;
        }

        if (StopSignals.Of(container.Kind) is { } signal)
        {
            service["stop_signal"] = signal;
        }

        service["stop_grace_period"] = "5s";
        service["labels"] = Map(
            (LabLabels.Name, deployment.LabName),
            (LabLabels.Container, container.Name),
            (LabLabels.Kind, container.Kind.ToString()),
            (LabLabels.Folder, new YamlVerbatim($"\"{Folder}\"")));
        return service;
    }

    // In the long form, since in the short one the engine makes a folder, as root, in the place of a file that is missing.
    private static IReadOnlyDictionary<string, object?> Bind(Mount mount) => Map(
    [
        ("type", "bind"),
        ("source", $"./{mount.Source}"),
        ("target", mount.Target),
        .. mount.ReadOnly ? [("read_only", true)] : Array.Empty<(string, object?)>(),
        ("bind", Map(("create_host_path", false))),
    ]);

    // A health command costs the engine a tenth of a CPU-second each time. Where no container waits for another's health, the lab
    // looks from outside and the engine does not, not even as the image would have it.
    private static IReadOnlyDictionary<string, object?>? HealthCheck(Deployment deployment, ContainerSpec container)
    {
        // An image without one (nginx) must not have it disabled: "docker compose up --wait" takes that for an error.
        if (container.HealthCommand.Count == 0)
        {
            return null;
        }

        var awaited = deployment.Containers
            .SelectMany(other => other.DependsOn)
            .Where(dependency => dependency.Condition == DependencyCondition.Healthy)
            .ToArray();
        if (awaited.Length == 0)
        {
            return Map(("disable", true));
        }

        return Map(
            ("test", List(["CMD", .. container.HealthCommand])),
            // The first look comes after one interval: short where somebody waits for it. (start_interval needs engine 25.)
            ("interval", awaited.Any(dependency => dependency.Container == container.Name) ? "2s" : "10s"),
            ("timeout", "5s"),
            ("retries", 60));
    }

    private static void AddUnlessEmpty(Dictionary<string, object?> service, string key, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            service[key] = List(values);
        }
    }

    private static IReadOnlyList<object?> List(IEnumerable<string> values) => [.. values.Select(Escape)];

    // Compose replaces $NAME by a variable of its environment.
    private static string Escape(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    private static IReadOnlyDictionary<string, object?> Map(params (string Key, object? Value)[] entries) =>
        entries.ToDictionary(entry => entry.Key, entry => entry.Value);
}
