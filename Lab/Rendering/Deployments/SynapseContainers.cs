using System.Globalization;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Synapse;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>The containers of one homeserver: one for each process, or one for all.</summary>
internal static class SynapseContainers
{
    private const string HealthScript = LabPaths.SynapseConfig + "/health.sh";

    public static IEnumerable<ContainerSpec> Specs(Homeserver homeserver, Topology topology, DeploymentInputs inputs)
    {
        var image = topology.SynapseImage ?? inputs.Images.Synapse;
        if (topology.Packing == Packing.OneContainer)
        {
            return [Shared(homeserver, topology, image, inputs)];
        }

        return homeserver.Processes.Select(process => Base(homeserver, topology, image, inputs) with
        {
            Name = process.Container,
            Kind = process.IsMain ? ContainerKind.Main : ContainerKind.Worker,
            Entrypoint = ["python3", $"{LabPaths.SynapseConfig}/{EntryScripts.Start}"],
            Command = [.. OwnSockets(process), .. CommandOf(process)],
            Aliases = process.Host == process.Container ? [] : [process.Host],
            Limits = process.Worker?.Limits ?? homeserver.Topology.MainLimits,
            DependsOn = process.IsMain || inputs.PreparedDatabase
                ? Services(homeserver, inputs)
                // Workers exit at once on a database without schema (synapse/storage/prepare_database.py); main makes it.
                : [new Dependency(homeserver.Main.Container, DependencyCondition.Healthy)],
            HealthCommand = HealthOf(homeserver, [process]),
        });
    }

    public static IEnumerable<LabFile> Files(Homeserver homeserver, Topology topology, ConnectionPlan connections, DeploymentInputs inputs)
    {
        yield return new LabFile($"{homeserver.Key}/homeserver.yaml", HomeserverConfig.Render(homeserver, connections, inputs.HostPrefix));
        yield return new LabFile($"{homeserver.Key}/health.sh", Health(topology.Sockets == Sockets.Unix), Executable: true);
        foreach (var process in homeserver.Processes)
        {
            yield return new LabFile(
                $"{homeserver.Key}/log/{process.Name}.yaml", LogConfig.Render(process, named: topology.Packing == Packing.Separate));
            if (!process.IsMain)
            {
                yield return new LabFile(
                    $"{homeserver.Key}/workers/{process.Name}.yaml", WorkerConfig.Render(process, homeserver.Topology.Options));
            }
        }

        foreach (var file in homeserver.Topology.Files)
        {
            yield return new LabFile($"{homeserver.Key}/{ExtraFile.Folder}/{file.Name}", file.Contents);
        }

        yield return new LabFile($"{homeserver.Key}/{EntryScripts.Start}", EntryScripts.Text(EntryScripts.Start), Executable: true);
        if (topology.Packing == Packing.OneContainer)
        {
            yield return new LabFile(
                $"{homeserver.Key}/{EntryScripts.ForkLauncher}", EntryScripts.Text(EntryScripts.ForkLauncher), Executable: true);
            yield return new LabFile(
                $"{homeserver.Key}/{EntryScripts.Processes}", EntryScripts.Text(EntryScripts.Processes), Executable: true);
        }

        // Folders that the owner of the lab owns, since Synapse writes there as that user.
        yield return new LabFile($"{LabPaths.MediaFolder(homeserver.Key)}/.keep", "");
        if (topology.Sockets == Sockets.Unix)
        {
            yield return new LabFile($"{SocketFolder(homeserver)}/client/.keep", "");
            yield return new LabFile($"{SocketFolder(homeserver)}/replication/.keep", "");
        }
    }

    /// <summary>App and arguments of one process.</summary>
    internal static IReadOnlyList<string> CommandOf(SynapseProcess process) => process.Worker is { } worker
        ? ["synapse.app.generic_worker", $"--config-path={SynapsePaths.HomeserverYaml}", $"--config-path={SynapsePaths.WorkerYaml(worker)}"]
        : ["synapse.app.homeserver", $"--config-path={SynapsePaths.HomeserverYaml}"];

    /// <summary>The folder of a homeserver's sockets in the lab's folder.</summary>
    internal static string SocketFolder(Homeserver homeserver) => $"sockets/{homeserver.Key}";

    // What a killed process left of them is removed before it starts again.
    private static IEnumerable<string> OwnSockets(SynapseProcess process) =>
        new[] { process.HttpSocket, process.ReplicationSocket }.OfType<string>().Select(socket => $"--socket={socket}");

    private static ContainerSpec Shared(Homeserver homeserver, Topology topology, string image, DeploymentInputs inputs) =>
        Base(homeserver, topology, image, inputs) with
        {
            Name = homeserver.Key,
            Kind = ContainerKind.Homeserver,
            Entrypoint = ["python3", $"{LabPaths.SynapseConfig}/{EntryScripts.ForkLauncher}"],
            Command =
        [
            "--wait-for-postgres",
            // The schema comes first; a prepared database has it.
            .. inputs.PreparedDatabase ? Array.Empty<string>() : [$"--database-config={SynapsePaths.HomeserverYaml}"],
            .. homeserver.Processes.SelectMany(process => (IEnumerable<string>)["--", process.Id, .. OwnSockets(process), .. CommandOf(process)]),
        ],
            Aliases = [.. homeserver.Processes.Select(process => process.Host)],
            Limits = homeserver.Topology.MainLimits,
            DependsOn = Services(homeserver, inputs),
            HealthCommand = HealthOf(homeserver, homeserver.Processes),
        };

    private static ContainerSpec Base(Homeserver homeserver, Topology topology, string image, DeploymentInputs inputs) => new()
    {
        Name = "",
        Kind = ContainerKind.Main,
        Image = image,
        HomeserverKey = homeserver.Key,
        // For start.py, which waits for it.
        Environment = inputs.HostsOf(PostgresContainer.Name).ToDictionary(_ => "LAB_POSTGRES", host => host),
        Mounts =
        [
            new Mount(homeserver.Key, LabPaths.SynapseConfig),
            new Mount(LabPaths.MediaFolder(homeserver.Key), SynapsePaths.Media, ReadOnly: false),
            new Mount($"{LabSecrets.CertificateAuthority}.crt", SynapsePaths.CertificateAuthority),
            new Mount(LabSecrets.PostgresPasswordFile, SynapsePaths.PostgresPasswordFile),
            .. homeserver.Processes.Count > 1 ? [new Mount(LabSecrets.RedisPassword, SynapsePaths.RedisPassword)] : Array.Empty<Mount>(),
            .. topology.Sockets == Sockets.Unix ? [new Mount(SocketFolder(homeserver), $"{LabPaths.Sockets}/{homeserver.Key}", ReadOnly: false)] : Array.Empty<Mount>(),
            .. topology.Sockets == Sockets.Unix && homeserver.Processes.Count > 1 ? [new Mount(RedisContainer.SocketFolder, LabPaths.RedisSockets)] : Array.Empty<Mount>(),
        ],
    };

    private static IReadOnlyList<Dependency> Services(Homeserver homeserver, DeploymentInputs inputs)
    {
        // A prepared database answers long before Synapse has imported itself and asks it.
        var condition = inputs.PreparedDatabase ? DependencyCondition.Started : DependencyCondition.Healthy;
        var services = new List<Dependency> { new(PostgresContainer.Name, condition) };
        if (homeserver.Processes.Count > 1)
        {
            services.Add(new Dependency(RedisContainer.Name, condition));
        }

        return services;
    }

    private static IReadOnlyList<string> HealthOf(Homeserver homeserver, IReadOnlyList<SynapseProcess> processes) =>
    [
        "sh", HealthScript,
        .. homeserver.Processes.Count > 1 ? ["--replication"] : Array.Empty<string>(),
        .. processes.Select(process => string.Create(CultureInfo.InvariantCulture, $"{process.HttpSocket ?? process.HttpPort.ToString(CultureInfo.InvariantCulture)}:{process.MetricsPort}")),
    ];

    // Of the evidence of Runtimes/Health/ReplicationEvidence.cs what a container sees of itself,
    // for people who run the Compose file by hand.
    private static string Health(bool unix) => $$$"""
        #!/bin/sh
        # health.sh [--replication] {{{(unix ? "SOCKET" : "HTTP_PORT")}}}:METRICS_PORT...: every process answers, and with --replication has heard its own
        # REPLICATE come back through Redis, which it does once it is subscribed (synapse/replication/tcp/redis.py).
        # Whether main is subscribed too is told by main's own check.
        set -eu
        replication=
        if [ "$1" = --replication ]; then
          replication=yes
          shift
        fi
        for process in "$@"; do
          curl --fail --silent --output /dev/null {{{(unix ? "--unix-socket \"${process%:*}\" http://localhost/health" : "\"http://127.0.0.1:${process%:*}/health\"")}}}
          if [ -n "$replication" ]; then
            # synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",server_name="hs1.test"} 1.0
            curl --fail --silent "http://127.0.0.1:${process#*:}/_synapse/metrics" |
              grep -q '^synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",.*} [1-9]'
          fi
        done

        """;
}
