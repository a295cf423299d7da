using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Synapse;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>One Redis for all homeservers of a lab; Synapse keeps them apart by channel names that begin with the server name
/// (synapse/replication/tcp/redis.py).</summary>
internal static class RedisContainer
{
    public const string Name = ContainerNames.Redis;

    /// <summary>The folder of its socket in the lab's folder.</summary>
    public const string SocketFolder = "sockets/redis";

    private const string Folder = "/lab/redis";

    public static ContainerSpec Spec(DeploymentInputs inputs, Limits limits, Sockets sockets) => new()
    {
        Name = Name,
        Kind = ContainerKind.Redis,
        Image = inputs.Images.Redis,
        Entrypoint = ["sh", $"{Folder}/start.sh"],
        Mounts =
        [
            new Mount("redis", Folder),
            new Mount(LabSecrets.RedisPassword, SynapsePaths.RedisPassword),
            .. sockets == Sockets.Unix ? [new Mount(SocketFolder, LabPaths.RedisSockets, ReadOnly: false)] : Array.Empty<Mount>(),
        ],
        // In place of the image's volume, which would stay behind without a name.
        Tmpfs = ["/data"],
        Aliases = inputs.HostsOf(Name),
        Limits = limits,
        HealthCommand = ["sh", $"{Folder}/health.sh"],
    };

    public static IEnumerable<LabFile> Files(Sockets sockets)
    {
        var unix = sockets == Sockets.Unix;
        if (unix)
        {
            yield return new LabFile($"{SocketFolder}/.keep", "");
        }

        yield return new LabFile("redis/health.sh", $"""
            #!/bin/sh
            # In the environment, since arguments can be read by every process.
            REDISCLI_AUTH=$(cat {SynapsePaths.RedisPassword}) redis-cli{(unix ? $" -s {SynapsePaths.RedisSocket}" : "")} ping | grep -q PONG

            """, Executable: true);
        yield return new LabFile("redis/start.sh", $"""
            #!/bin/sh
            # Starts Redis in memory alone: streams are what passes through it, and nothing of a lab outlives it. Its configuration
            # comes from standard input, so that the password stands neither in a rendered file nor in an argument.
            set -eu
            exec redis-server - <<CONF
            requirepass $(cat {SynapsePaths.RedisPassword}){(unix ? $"\nport 0\nunixsocket {SynapsePaths.RedisSocket}\nunixsocketperm 770" : "")}
            save ""
            CONF

            """, Executable: true);
    }
}
