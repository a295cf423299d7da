using SynapseLab.Synapse;

namespace SynapseLab.Deployments.Containers;

/// <summary>One Redis for all homeservers of a lab; Synapse keeps them apart by channel names that begin with the server name (synapse/replication/tcp/redis.py).</summary>
internal static class RedisContainer
{
    public const string Name = "redis";

    private const string Folder = "/lab/redis";

    public static ContainerSpec Spec(DeploymentInputs inputs, Topologies.Limits limits) => new()
    {
        Name = Name,
        Kind = ContainerKind.Redis,
        Image = inputs.Images.Redis,
        Entrypoint = ["sh", $"{Folder}/start.sh"],
        Mounts = [new Mount("redis", Folder), new Mount(LabSecrets.RedisPassword, SynapsePaths.RedisPassword)],
        // In place of the image's volume, which would stay behind without a name.
        Tmpfs = ["/data"],
        Limits = limits,
        HealthCommand = ["sh", $"{Folder}/health.sh"],
    };

    public static IEnumerable<LabFile> Files()
    {
        yield return new LabFile("redis/health.sh", $"""
            #!/bin/sh
            # In the environment, since arguments can be read by every process.
            REDISCLI_AUTH=$(cat {SynapsePaths.RedisPassword}) redis-cli ping | grep -q PONG

            """, Executable: true);
        yield return new LabFile("redis/start.sh", $"""
            #!/bin/sh
            # Starts Redis in memory alone: streams are what passes through it, and nothing of a lab outlives it. Its configuration
            # comes from standard input, so that the password stands neither in a rendered file nor in an argument.
            set -eu
            exec redis-server - <<CONF
            requirepass $(cat {SynapsePaths.RedisPassword})
            save ""
            appendonly no
            CONF

            """, Executable: true);
    }
}
