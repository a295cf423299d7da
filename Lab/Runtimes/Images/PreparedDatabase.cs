using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Images;

/// <summary>
/// A Postgres image whose cluster already holds the schema of a Synapse version (database <c>synapse_template</c>), made once per pair
/// of images and reused by every lab: creating the schema costs main some ten seconds, and workers refuse to start without it
/// (synapse/storage/prepare_database.py). The schema is made by Synapse's own tool, synapse/_scripts/update_synapse_database.py, which
/// also runs the background updates that main would otherwise run in every new lab.
/// </summary>
/// <param name="root">Where the working folder lies.</param>
/// <param name="engine">The engine.</param>
/// <param name="waiter">Waits for its turn and for Postgres.</param>
public sealed class PreparedDatabase(LabRoot root, IContainerEngine engine, Waiter waiter)
{
    /// <summary>Repository of prepared images.</summary>
    public const string Repository = "synapse-lab/postgres-prepared";

    /// <summary>
    /// The cluster's folder as an archive, which postgres/start.sh unpacks. Were the folder itself in the image,
    /// overlayfs would copy each file when it is first opened for writing, as Postgres opens all of them,
    /// and of two processes that open the same file one can be interrupted while it waits for the other (ovl_copy_up_start,
    /// fs/overlayfs/copy_up.c): "could not open file: Interrupted system call", and Synapse answers 500.
    /// Unpacking also costs less than those copies.
    /// </summary>
    public const string Archive = "/prepared.tar";

    // Small segments: the write-ahead log is copied with the image.
    internal const string InitDbArguments = "--encoding=UTF8 --locale=C --wal-segsize=1";

    // Checkouts of several versions of the lab on one machine do not take each other's images.
    private const string Layout = "archive";

    // Not in the folder that Postgres images declare a volume, because a volume does not become part of an image.
    private const string ClusterFolder = "/pgdata";
    private const string SynapseLabel = "synapse-lab.prepared.synapse";
    private const string PostgresLabel = "synapse-lab.prepared.postgres";
    // Variables are set in here, not on the container, because an image takes over its container's environment.
    // Settings for the making alone, which is thrown away when it fails.
    // The password is read as root: the entry point would read it as Postgres's own user, who can't.
    private const string MakeArchive =
        "set -e; " +
        $"PGDATA={ClusterFolder} POSTGRES_USER=synapse POSTGRES_DB=postgres POSTGRES_PASSWORD=$(cat /prepare/password) " +
        $"POSTGRES_INITDB_ARGS='{InitDbArguments}' " +
        "docker-entrypoint.sh postgres -c fsync=off -c full_page_writes=off -c synchronous_commit=off; " +
        $"tar -cf {Archive} -C {ClusterFolder} .; rm -r {ClusterFolder}";

    // As the user whose cluster it is. Ends the container's own process, which then goes on to the archive.
    private static readonly string[] StopCluster =
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "sh", "-c", $"$(ls -d /usr/lib/postgresql/*/bin)/pg_ctl stop --mode=fast --no-wait --pgdata={ClusterFolder}"];

    private static readonly TimeSpan PostgresDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan OtherDeadline = TimeSpan.FromMinutes(5);

    /// <summary>The images with the prepared one in Postgres's place, made now where there is none yet.</summary>
    /// <param name="images">The plain images.</param>
    /// <param name="say">Takes progress.</param>
    /// <param name="cancellationToken">Cancels; nothing half-made is left.</param>
    /// <returns>Null where it can't be made: the lab then starts from an empty database.</returns>
    public async Task<ImageSet?> ForLabAsync(ImageSet images, Action<string> say, CancellationToken cancellationToken)
    {
        var synapse = await RequireAsync(images.Synapse, cancellationToken);
        var postgres = await RequireAsync(images.Postgres, cancellationToken);
        var prepared = Named(images);
        var reference = prepared.Postgres;
        if (await IsCurrentAsync(reference, synapse, postgres, cancellationToken))
        {
            return prepared;
        }

        try
        {
            // Of labs that are started at the same time on this machine, one prepares and the others wait for it:
            // its containers have names of the machine.
            using var turn = await MachineLock.TakeAsync(
                "prepare", "another command of the lab has prepared the database", OtherDeadline, waiter, cancellationToken);
            if (!await IsCurrentAsync(reference, synapse, postgres, cancellationToken))
            {
                var watch = Stopwatch.StartNew();
                say($"preparing a database with the schema of {images.Synapse} (once per version) ...");
                await MakeAsync(images, reference, synapse, postgres, say, cancellationToken);
                say(string.Create(CultureInfo.InvariantCulture, $"prepared in {watch.Elapsed.TotalSeconds:0.0} s: image {reference}"));
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            say($"no prepared database: {e.GetBaseException().Message}. This lab starts slower, from an empty one");
            return null;
        }

        return prepared;
    }

    /// <summary>The images with the prepared one in Postgres's place, by name alone:
    /// whether there is one the engine is not asked.</summary>
    /// <param name="images">The plain images.</param>
    public static ImageSet Named(ImageSet images) => images with { Postgres = Reference(images.Synapse, images.Postgres) };

    /// <summary>The prepared image for a pair of images.</summary>
    /// <returns>Its reference; null where there is none, or one of other images.</returns>
    public async Task<string?> FindAsync(string synapseReference, string postgresReference, CancellationToken cancellationToken)
    {
        var synapse = await engine.ImageAsync(synapseReference, cancellationToken);
        var postgres = await engine.ImageAsync(postgresReference, cancellationToken);
        var reference = Reference(synapseReference, postgresReference);
        return synapse is not null && postgres is not null && await IsCurrentAsync(reference, synapse, postgres, cancellationToken)
            ? reference
            : null;
    }

    private async Task<bool> IsCurrentAsync(
        string reference, ImageDetails synapse, ImageDetails postgres, CancellationToken cancellationToken) =>
        await engine.ImageAsync(reference, cancellationToken) is { } image
        && image.Labels.GetValueOrDefault(SynapseLabel) == synapse.Id
        && image.Labels.GetValueOrDefault(PostgresLabel) == postgres.Id;

    private async Task<ImageDetails> RequireAsync(string reference, CancellationToken cancellationToken) =>
        await engine.ImageAsync(reference, cancellationToken)
        ?? throw LabException.WrongUse($"image {reference} is not on this machine", fix: "Run ./lab setup");

    private async Task MakeAsync(ImageSet images, string reference, ImageDetails synapse, ImageDetails postgres, Action<string> say, CancellationToken cancellationToken)
    {
        // One name, so that the remains of a killed run are found and removed by the next.
        var name = $"{LabLabels.Project("prepare")}-{Tag(images.Synapse)}";
        var database = $"{name}-postgres";
        var tool = $"{name}-synapse";
        var folder = new LabFolder(Path.Combine(root.StateFolder, "prepare"));
        try
        {
            await RemoveAsync(database, tool, name, folder, cancellationToken);
            folder.Create();
            await DockerAsync(["network", "create", name], cancellationToken);
            var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
            await File.WriteAllTextAsync(folder.File("password"), password, cancellationToken);
            await File.WriteAllTextAsync(folder.File("homeserver.yaml"), ToolConfig(password), cancellationToken);
            await DockerAsync(
                [
                    "run", "--detach", "--name", database, "--network", name, "--network-alias", "postgres",
                    "--volume", $"{folder.Path}:/prepare:ro", "--entrypoint", "sh", images.Postgres, "-c", MakeArchive,
                ],
                cancellationToken);
            // Over TCP: while the image's entry point sets the cluster up, Postgres listens on its unix socket only.
            await waiter.UntilAsync(
                PostgresDeadline,
                "the database that is being prepared takes connections",
                async token =>
                {
                    if (await engine.InspectAsync(database, token) is not { State: "running" })
                    {
                        return Observation.Yes("ended, which the next statement will tell");
                    }

                    return await engine.ExecAsync(database, ["pg_isready", "--quiet", "--host", "127.0.0.1"], null, token) is { ExitCode: 0 } ? Observation.Yes("ready") : Observation.No("not ready");
                },
                cancellationToken);
            await SqlAsync(database, "CREATE DATABASE synapse_template TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", cancellationToken);
            await DockerAsync(
                [
                    "run", "--name", tool, "--network", name, "--user", UnixUser.Current().ToString(),
                    "--volume", $"{folder.Path}:/config:ro", "--entrypoint", "python3", images.Synapse,
                    "-m", "synapse._scripts.update_synapse_database", "--database-config", "/config/homeserver.yaml", "--run-background-updates",
                ],
                cancellationToken);
            await SqlAsync(database, "VACUUM (FREEZE, ANALYZE)", cancellationToken, "synapse_template");
            // A clean shutdown, so that labs start without recovery.
            var stopped = await engine.ExecAsync(database, StopCluster, null, cancellationToken);
            if (stopped.ExitCode != 0)
            {
                throw LabException.Failed($"the prepared cluster could not be stopped: {stopped.Error.Trim()}");
            }

            if (await engine.WaitAsync(database, cancellationToken) is not 0 and var exitCode)
            {
                throw LabException.Failed($"the prepared cluster was not packed: exit code {exitCode}");
            }

            await engine.CommitAsync(database, reference, postgres, new Dictionary<string, string> { [SynapseLabel] = synapse.Id, [PostgresLabel] = postgres.Id }, cancellationToken);
        }
        finally
        {
            await TidyAsync(database, tool, name, folder, say);
        }
    }

    // The image is made, or why it was not is on its way: what stays is removed by the next who prepares.
    private async Task TidyAsync(string database, string tool, string network, LabFolder folder, Action<string> say)
    {
        try
        {
            await RemoveAsync(database, tool, network, folder, CancellationToken.None);
        }
        catch (Exception e)
        {
            say($"what prepared the database could not be removed: {e.GetBaseException().Message}");
        }
    }

    private async Task RemoveAsync(string database, string tool, string network, LabFolder folder, CancellationToken cancellationToken)
    {
        await Task.WhenAll(engine.RemoveAsync(database, cancellationToken), engine.RemoveAsync(tool, cancellationToken));
        await engine.RemoveNetworkAsync(network, cancellationToken);
        folder.Delete();
    }

    private async Task SqlAsync(string container, string sql, CancellationToken cancellationToken, string database = "postgres")
    {
        if (await engine.InspectAsync(container, cancellationToken) is not { State: "running" })
        {
            var lines = new List<string>();
            await foreach (var line in engine.LogsAsync(container, new LogRequest(Tail: 5), cancellationToken))
            {
                lines.Add(line.Text);
            }

            throw LabException.Failed($"Postgres ended: {string.Join(" / ", lines)}");
        }

        var result = await engine.ExecAsync(
            container, ["psql", "--quiet", "--username", "synapse", "--dbname", database, "--command", sql], null, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw LabException.Failed($"Postgres refused \"{sql}\": {result.Error.Trim()}");
        }
    }

    private async Task DockerAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await ExternalCommand.RunAsync("docker", arguments, engine.Socket.Environment, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw LabException.Failed($"docker {arguments[0]}: {result.LastError}");
        }
    }

    // The least that Synapse's configuration needs to be read; nothing of it gets into the database.
    private static string ToolConfig(string password) =>
        $$"""
        server_name: prepared.invalid
        report_stats: false
        trusted_key_servers: []
        macaroon_secret_key: unused
        form_secret: unused
        signing_key: "ed25519 a_none {{Convert.ToBase64String(new byte[32]).TrimEnd('=')}}"
        media_store_path: /tmp/media
        listeners: []
        database:
          name: psycopg2
          args: {user: synapse, password: {{password}}, host: postgres, dbname: synapse_template, cp_min: 1, cp_max: 2}

        """;

    internal static string Reference(string synapse, string postgres) => $"{Repository}:{Tag(synapse)}-{Tag(postgres)}-{Layout}";

    // matrixdotorg/synapse:v1.160.0 -> v1.160.0; registry.example:5000/synapse -> latest; postgres@sha256:41bfa2e5b168... -> 41bfa2e5b168,
    // since a tag has 128 characters at most. The labels say which images it was really made of.
    private static string Tag(string reference)
    {
        var (name, digest) = reference[(reference.LastIndexOf('/') + 1)..].Split('@') is [var before, var after]
            ? (before, after.Split(':')[^1])
            : (reference[(reference.LastIndexOf('/') + 1)..], null);
        return name.Split(':') is [_, var tag] ? tag : digest?[..Math.Min(digest.Length, 12)] ?? "latest";
    }
}
