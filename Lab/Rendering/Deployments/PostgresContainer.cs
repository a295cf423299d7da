using System.Globalization;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>One Postgres for all homeservers of a lab, each with a database of its own.</summary>
internal static class PostgresContainer
{
    public const string Name = ContainerNames.Postgres;

    private const string Folder = "/lab/postgres";
    private const string Password = "/lab/secrets/postgres_password";

    public static ContainerSpec Spec(DeploymentInputs inputs, ConnectionPlan connections, Limits limits) => new()
    {
        Name = Name,
        Kind = ContainerKind.Postgres,
        Image = inputs.Images.Postgres,
        Entrypoint = ["sh", $"{Folder}/start.sh"],
        Command =
        [
            "postgres",
            // Nothing else is faster than Postgres's own settings make it: what Synapse answers with 200 is committed,
            // and what is committed has to outlive the process. With fsync off it does, since the kernel has it;
            // only the machine's own death can lose it. synchronous_commit=off would answer before the log is handed to the kernel,
            // and full_page_writes=off cannot mend a page of which a killed process wrote the first half (the kernel looks for a fatal
            // signal after each 4 KiB of a write: generic_perform_write, mm/filemap.c).
            "--fsync=off",
            string.Create(CultureInfo.InvariantCulture, $"--max_connections={connections.MaxConnections}"),
        ],
        Environment = new Dictionary<string, string>
        {
            // Not below /var/lib/postgresql, which the image declares a volume: a prepared cluster has to be part of the image.
            ["PGDATA"] = "/pgdata",
            ["POSTGRES_DB"] = "postgres",
            // Synapse refuses other collations (docs/postgres.md "Set up database").
            ["POSTGRES_INITDB_ARGS"] = "--encoding=UTF8 --locale=C",
            ["POSTGRES_USER"] = "synapse",
        },
        Mounts =
        [
            new Mount("postgres", Folder),
            new Mount("postgres/initdb.d", "/docker-entrypoint-initdb.d"),
            new Mount(LabSecrets.PostgresPassword, Password),
        ],
        // In place of the image's volume, which would stay behind without a name.
        Tmpfs = ["/var/lib/postgresql"],
        Ports = [new PublishedPort("sql", inputs.Ports.Sql, 5432)],
        Aliases = inputs.HostsOf(Name),
        RunAsOwner = false,
        Limits = limits,
        // Over TCP, where the server that the entry point runs during its set-up does not listen.
        HealthCommand = ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=synapse", "--dbname=postgres"],
    };

    public static IEnumerable<LabFile> Files(IReadOnlyList<Homeserver> homeservers)
    {
        yield return new LabFile("postgres/initdb.d/databases.sql", Databases(homeservers));
        yield return new LabFile("postgres/start.sh", Start(homeservers), Executable: true);
    }

    private static string Databases(IReadOnlyList<Homeserver> homeservers) =>
        "-- A database for each homeserver; encoding and collation come from the cluster.\n"
        + string.Concat(homeservers.Select(homeserver => $"CREATE DATABASE {homeserver.Database} OWNER synapse;\n"));

    private static string Start(IReadOnlyList<Homeserver> homeservers)
    {
        // Copied and not renamed: the template stays, for a reset. It has no changes in memory,
        // so copying its files is less work than writing every page anew.
        var copies = string.Concat(homeservers.Select(homeserver => $"CREATE DATABASE {homeserver.Database} TEMPLATE {LabPaths.TemplateDatabase} STRATEGY file_copy;\n"));
        return $$"""
            #!/bin/sh
            # Starts Postgres. An image that holds a prepared cluster (/prepared.tar) has Synapse's schema in the database synapse_template
            # already: give each homeserver its own, and go. Any other image sets itself up as its documentation says.
            set -eu

            # Read here, as root: the file is its owner's only, and the image's entry point reads it as another user.
            POSTGRES_PASSWORD=$(cat {{Password}})
            export POSTGRES_PASSWORD

            # A container that is started again goes on where it was; one that was killed in here begins anew.
            if [ -f /prepared.tar ] && [ ! -d "$PGDATA" ]; then
              rm -rf "$PGDATA.new"
              mkdir "$PGDATA.new"
              tar -xf /prepared.tar -C "$PGDATA.new"
              # One user, no network, no other process: the quickest way to a few statements before the real start.
              setpriv --reuid=postgres --regid=postgres --init-groups \
                "$(ls -d /usr/lib/postgresql/*/bin)/postgres" --single -D "$PGDATA.new" -c fsync=off postgres >/dev/null <<SQL
            ALTER USER synapse PASSWORD '$POSTGRES_PASSWORD';
            {{copies}}SQL
              mv "$PGDATA.new" "$PGDATA"
            fi

            exec docker-entrypoint.sh "$@"

            """;
    }
}
