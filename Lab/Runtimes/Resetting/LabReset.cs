using SynapseLab.Conventions;
using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Resetting;

/// <summary>
/// Makes the homeservers of a running lab as they were after its start, without a start: every Synapse process is killed,
/// each database made anew from the template that the prepared cluster keeps, Redis emptied, media removed, and every process started,
/// in a shared container forked from what the launcher has imported already. Ports, addresses, secrets and signing keys stay.
/// One that is broken off is done to its end by the next.
/// </summary>
/// <param name="lab">The lab.</param>
internal sealed class LabReset(RunningLab lab)
{
    private static readonly TimeSpan TurnDeadline = TimeSpan.FromMinutes(2);

    private Deployment Deployment => lab.Deployment;

    private IEnumerable<ContainerSpec> Synapse =>
        Deployment.Containers.Where(container => container.Kind is ContainerKind.Homeserver or ContainerKind.Main or ContainerKind.Worker);

    /// <summary>Does it; the processes are on their way up then.</summary>
    /// <param name="by">Who does it, as status will tell where it is broken off: <c>./lab reset reference</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A moment between the end of the old processes and the start of the new ones.</returns>
    /// <exception cref="LabException">A part is in no state for it, or there is no template (exit code 2); nothing was done.</exception>
    public async Task<DateTimeOffset> RunAsync(string by, CancellationToken cancellationToken)
    {
        using var turn = await FileLock.TakeAsync(
            lab.Folder.File("reset.lock"), "another reset of the lab has ended", TurnDeadline, lab.Waiter, cancellationToken);
        await RefuseAsync(cancellationToken);
        await using var server = lab.Databases.OpenServer();
        await using var connection = await ConnectAsync(server, cancellationToken);
        await RequireTemplateAsync(connection, cancellationToken);

        // Before it is done, as with an operator's verbs: where this ends in the middle, status tells who killed them.
        var processes = Deployment.Processes.Select(process => process.Id).ToArray();
        await lab.Faults.RememberAsync(
            [.. processes.Select(process => new ImposedFault(process, FaultKind.Killed, lab.Time.GetUtcNow(), by))], cancellationToken);
        await Task.WhenAll(Synapse.Select(container => KillAsync(container, cancellationToken)));
        await Task.WhenAll(
            MakeDatabasesAsync(connection, cancellationToken),
            EmptyRedisAsync(cancellationToken),
            Task.Run(RemoveMedia, cancellationToken));
        var between = lab.Time.GetUtcNow();
        await Task.WhenAll(Synapse.Select(container => StartAsync(container, cancellationToken)));
        await lab.Faults.ForgetAsync(processes, [FaultKind.Killed, FaultKind.Stopped], cancellationToken);
        return between;
    }

    // A process that has ended is started again like the others. What is frozen or cut off somebody wanted so,
    // and nobody can reset what he does not reach.
    private async Task RefuseAsync(CancellationToken cancellationToken)
    {
        var all = LabPart.All(Deployment);
        var states = await Task.WhenAll(all.Select(part => lab.Operator.StateAsync(part, cancellationToken)));
        var problems = all.Zip(states)
            .Where(one => !one.Second.IsUp && one is not { First.Process: not null, Second: { Run: PartRun.Ended, CutOff: false, IsWhole: false } })
            .Select(one => new Problem($"lab '{lab.Name}' can't be reset: {one.First.Name} is {one.Second.Matters[0]}", Fix: $"First {lab.Operator.Remedy(one.First, one.Second)}"))
            // Processes of a shared container that does not run have one remedy.
            .DistinctBy(problem => problem.Fix)
            .ToArray();
        if (problems.Length > 0)
        {
            throw new LabException(ExitCodes.WrongUse, problems);
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(NpgsqlDataSource server, CancellationToken cancellationToken)
    {
        try
        {
            return await server.OpenConnectionAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw LabException.Failed(
                $"Postgres takes no connection: {e.GetBaseException().Message.TrimEnd('.')}",
                fix: $"See {ToType.On(lab.Name, "status")}",
                inner: e);
        }
    }

    private async Task RequireTemplateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT count(*) FROM pg_database WHERE datname = '{LabPaths.TemplateDatabase}'", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is not 1L)
        {
            throw LabException.WrongUse(
                $"lab '{lab.Name}' can't be reset: it was started from an empty database, so there is none with Synapse's schema alone",
                fix: $"Take it down ({ToType.Lab("down", lab.Name)}) and start it again, from a prepared database: without --empty-database");
        }
    }

    private Task KillAsync(ContainerSpec container, CancellationToken cancellationToken) => container.Kind == ContainerKind.Homeserver
        ? lab.Launchers.Of(container.Name).TellAllAsync(Verb.Kill, cancellationToken)
        // Nothing has to be saved. Other than a kill, it returns when the container has ended.
        : lab.Engine.StopAsync(lab.ContainerId(container.Name), TimeSpan.Zero, cancellationToken);

    private Task StartAsync(ContainerSpec container, CancellationToken cancellationToken) => container.Kind == ContainerKind.Homeserver
        ? lab.Launchers.Of(container.Name).TellAllAsync(Verb.Start, cancellationToken)
        : lab.Engine.StartAsync(lab.ContainerId(container.Name), cancellationToken);

    private async Task MakeDatabasesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var database in Deployment.Homeservers.Select(homeserver => homeserver.Database))
        {
            // Whoever else is connected is sent away; each statement by itself, since neither may be part of a transaction.
            await ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            await ExecuteAsync($"CREATE DATABASE {database} TEMPLATE {LabPaths.TemplateDatabase} STRATEGY file_copy");
        }

        async Task ExecuteAsync(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private Task EmptyRedisAsync(CancellationToken cancellationToken) =>
        Deployment.Containers.SingleOrDefault(container => container.Kind == ContainerKind.Redis) is { } redis
            ? lab.Parts.EmptyRedisAsync(redis, cancellationToken)
            : Task.CompletedTask;

    private void RemoveMedia()
    {
        foreach (var homeserver in Deployment.Homeservers)
        {
            lab.Folder.DeleteFoldersIn(LabPaths.MediaFolder(homeserver.Key));
        }
    }
}
