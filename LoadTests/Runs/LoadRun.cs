using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using SynapseLab.Conventions;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Workloads;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Waiting;

namespace SynapseLab.LoadTests.Runs;

/// <summary>One load on a running lab, from set-up to result.</summary>
/// <param name="inputs">What it needs.</param>
public sealed class LoadRun(LoadRunInputs inputs)
{
    // Six homeservers that join each other's rooms have better to do than to list members for the lab.
    private static readonly TimeSpan LookAtRooms = TimeSpan.FromMilliseconds(500);
    private readonly LoadPlan _plan = new(inputs.Profile);

    /// <summary>Whether the load began: from then on there is something that was measured, also where the run did not come to its end.</summary>
    public bool Began { get; private set; }

    /// <summary>Runs it.</summary>
    /// <param name="stop">Ctrl-C: ends the load in good order, and gives a result of what ran.</param>
    /// <returns>The result. Samples lie in the result's folder already.</returns>
    /// <exception cref="LabException">Set-up failed, or the profile does not fit the lab.</exception>
    /// <exception cref="OperationCanceledException">Stopped before the load began: there is nothing to report.</exception>
    public async Task<LoadResult> RunAsync(CancellationToken stop)
    {
        var (lab, profile) = (inputs.Lab, inputs.Profile);
        using var span = LoadTelemetry.Spans.StartActivity($"load {profile.Name}");
        using var telemetry = new LoadTelemetry();
        var shape = PopulationShape.Of(profile, _plan.Members, [.. lab.Deployment.Homeservers.Select(homeserver => homeserver.Key)], inputs.RemoteUsersPlace);
        var endpoints = new Dictionary<string, IPEndPoint>();
        foreach (var homeserver in lab.Deployment.Homeservers.Where(homeserver => shape.Homeservers.Contains(homeserver.Key)))
        {
            endpoints[homeserver.Key] = homeserver == lab.Deployment.Homeservers[0] && inputs.Target is { } target
                ? target
                : await TargetGuard.ResolveAsync(lab.ClientUri(homeserver.Key), null, stop);
        }

        var population = await PopulationAsync(shape, endpoints, stop);
        var processes = lab.Deployment.Processes.Select(process => process.Id).ToArray();
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var clock = new RunClock(lab.Time);
        var errors = new ErrorTally();
        var collector = new SampleCollector(profile.Duration, profile.KeptUntil);
        using var recorder = new Recorder();
        using var samples = new SamplesFile(Path.Combine(inputs.Folder, ResultFolder.Samples), processes);
        using var workload = new MatrixWorkload(lab.Name, profile, _plan, population, endpoints, processes, run, clock, recorder, errors);
        await workload.PrepareAsync(Setup("first syncs"), stop);

        var otherLabs = await OtherLabsAsync(stop);
        var deathWatch = new DeathWatch(lab);
        await deathWatch.OpenAsync(stop);
        var accounts = new ProcessAccounts(lab);
        await accounts.OpenAsync(stop);
        var planned = _plan.Counts();
        var processTable = new ProcessTable();
        var usage = new UsageSampler(lab, clock, processTable);
        await usage.OpenAsync(stop);
        using var broke = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var measuring = new CancellationTokenSource();
        using var watching = new CancellationTokenSource();

        // From now on, also what happens before the engine answers the request for events.
        var death = WatchAsync(deathWatch, usage, lab.Time.GetUtcNow(), broke, watching.Token);
        var (driverCpu, machineCpu, sampling) = (TimeSpan.Zero, 0.0, Task.CompletedTask);
        var (loadSeconds, drainSeconds, driverSeconds, machineSeconds, engineSeconds) = (0.0, 0.0, 0.0, 0.0, (double?)null);
        var (did, restarted, gaps) = ((IReadOnlyList<ProcessResult>)[], (IReadOnlyList<string>)[], (IReadOnlyList<string>)[]);
        IReadOnlyList<string> dead = [];
        string? unread = null;
        var engineCpu = new EngineCpu(processTable);
        var collecting = CollectAsync(recorder, collector, samples, telemetry, workload, clock, planned, measuring.Token, watching.Token);
        try
        {
            await inputs.Driver.RunAsync(
                new DriverRun
                {
                    Workload = workload,
                    Duration = profile.Duration,
                    Clock = clock,
                    Recorder = recorder,
                    Errors = errors,
                    Stop = broke.Token,
                    Begin = () =>
                    {
                        // Looks at every process of the machine, which takes its milliseconds: before the clock runs.
                        engineCpu.Begin();
                        clock.Restart();
                        Began = true;
                        (driverCpu, machineCpu) = (Environment.CpuUsage.TotalTime, MachineCpu.BusySeconds());
                        sampling = usage.RunAsync(profile.Duration, measuring.Token);
                    },
                    EndAsync = async token =>
                    {
                        loadSeconds = clock.Now / 1e9;
                        driverSeconds = (Environment.CpuUsage.TotalTime - driverCpu).TotalSeconds;
                        machineSeconds = MachineCpu.BusySeconds() - machineCpu;
                        engineSeconds = engineCpu.End();
                        await measuring.CancelAsync();

                        // Side by side: a busy process takes its time to answer for its metrics, and somebody has to listen meanwhile.
                        var reading = ReadAsync(token);
                        if (!death.IsCompleted)
                        {
                            inputs.Progress.Report(new LoadProgress("last deliveries", 0, $"{workload.Ledger.Deliveries} so far"));
                            await LastDeliveriesAsync(workload, death, stop);
                        }

                        drainSeconds = (clock.Now / 1e9) - loadSeconds;
                        await reading;

                        async Task ReadAsync(CancellationToken cancellationToken)
                        {
                            // At once: what the wait for the last deliveries costs is none of the load.
                            var metrics = accounts.EndLoadAsync(cancellationToken);
                            unread = await TryReadAsync(() => sampling);
                            unread = await TryReadAsync(() => usage.ReadAsync(cancellationToken)) ?? unread;
                            await metrics;
                        }
                    },
                },
                CancellationToken.None);
            (did, restarted, gaps) = await accounts.CloseAsync(loadSeconds, patient: !death.IsCompleted, CancellationToken.None);
            unread = await TryReadAsync(async () => dead = await deathWatch.DeadAsync(CancellationToken.None)) ?? unread;
        }
        finally
        {
            // Also where the run failed half-way: what was measured until then is whole lines under its own name.
            await measuring.CancelAsync();
            await watching.CancelAsync();
            await collecting;
            samples.Close();
        }

        var died = await death;

        // What was told as it happened is the better story; the rest is what the engine and the kernel say at the end.
        IReadOnlyList<string> deaths = died is not null ? [died] : [.. dead, .. restarted.Select(id => $"{id} was started again").Except(dead)];
        var end = deaths.Count > 0 ? RunEnd.Broken : stop.IsCancellationRequested ? RunEnd.Interrupted : RunEnd.Complete;
        var operations = collector.Operations(planned, loadSeconds);
        var deliveries = workload.Ledger.Count();
        var problems = new List<string>(deaths);
        var verdict = end == RunEnd.Broken ? null : Verdict.Of(profile, operations, deliveries, end, loadSeconds);
        problems.AddRange(verdict?.Problems ?? []);

        if (unread is not null)
        {
            problems.Add($"not every reading of the containers' CPU and memory was made: {unread}");
        }

        if (samples.Failure is { } failure)
        {
            problems.Add($"{ResultFolder.Samples} ends early: {failure}");
        }

        var result = new LoadResult
        {
            Profile = profile.Name,
            Description = profile.Description,
            Topology = lab.Deployment.Topology.Name,
            Lab = lab.Name,
            Driver = inputs.Driver.Name,
            Seed = profile.Seed,
            Run = run,
            Command = inputs.Command,
            Started = clock.Start,
            PlannedSeconds = profile.Duration.TotalSeconds,
            LoadSeconds = Math.Round(loadSeconds, 3),
            DrainSeconds = Math.Round(drainSeconds, 3),
            End = end,
            Problems = problems,
            Saturated = verdict?.Saturated ?? false,
            Gaps = [.. gaps, .. usage.Gaps()],
            OtherLabs = otherLabs,
            Operations = operations,
            Deliveries = deliveries,
            Errors = [.. errors.Counts.Select(error => new ErrorResult(error.Operation.Name(), error.Cause, error.Count))],
            Processes = did,
            Containers = usage.Totals(),
            Instruments = InstrumentResult.Of(driverSeconds, engineSeconds, usage.AsksEngine, machineSeconds, Environment.ProcessorCount),
            Timeline = new RunTimeline(collector.SliceSeconds, collector.Timelines(), usage.Seconds(), usage.Cores()),
        };
        return result.Saturated ? result with { Problems = [result.Problems[0], Limit.Of(result, [.. lab.Deployment.Processes.Select(process => process.Id)]), .. result.Problems.Skip(1)] } : result;
    }

    private async Task<IReadOnlyList<string>> OtherLabsAsync(CancellationToken cancellationToken) =>
    [
        .. (await inputs.Lab.Engine.ListAsync(LabLabels.Name, cancellationToken)).Where(container => container.State == "running")
            .Select(container => container.Labels[LabLabels.Name]).Where(name => name != inputs.Lab.Name).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads from the engine; one that does not answer any more must not cost what was measured without it.</summary>
    /// <returns>Why it was not read; null: it was.</returns>
    private static async Task<string?> TryReadAsync(Func<Task> readAsync)
    {
        try
        {
            await readAsync();
            return null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or EngineException or LabException)
        {
            return e.Message;
        }
    }

    /// <summary>Waits for the last messages: as long as the profile allows, a short time after Ctrl-C, and not at all where a part of the lab died.</summary>
    private async Task LastDeliveriesAsync(MatrixWorkload workload, Task<string?> death, CancellationToken stop)
    {
        using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, inputs.Lab.Time);
        await using var hurry = stop.Register(() => end.CancelAfter(inputs.DrainAfterStop));
        var draining = workload.DrainAsync(inputs.Profile.DeliveryDeadline, end.Token);
        await Task.WhenAny(draining, death);
        if (death.IsCompleted)
        {
            await end.CancelAsync();
        }

        await draining;
    }

    private async Task<Population> PopulationAsync(PopulationShape shape, Dictionary<string, IPEndPoint> endpoints, CancellationToken stop)
    {
        DelegatedLogin.Refuse(inputs.Lab.Deployment.Homeservers, "a load");
        var addresses = endpoints.ToDictionary(
            pair => pair.Key,
            pair => new HomeserverAddress(inputs.Lab.Deployment.Homeservers.Single(homeserver => homeserver.Key == pair.Key).ServerName, new Uri($"http://{pair.Value}")));
        var store = new PopulationStore(inputs.Lab.Folder);
        using var connections = new MatrixConnections();
        var builder = new PopulationBuilder(inputs.Lab.Name, addresses, connections.Http, new Waiter(inputs.Lab.Time, LookAtRooms), Setup("set-up"));
        if (store.TryLoad(shape) is { } known && await builder.IsKnownAsync(known, stop))
        {
            return known;
        }

        var population = await builder.BuildAsync(shape, stop);
        store.Save(shape, population);
        return population;
    }

    private static async Task<string?> WatchAsync(DeathWatch watch, UsageSampler usage, DateTimeOffset since, CancellationTokenSource broke, CancellationToken watching)
    {
        var told = watch.WatchAsync(since, watching);
        await Task.WhenAny((Task)told, usage.Death);
        var died = told.IsCompleted ? await told : await usage.Death;
        if (died is not null)
        {
            await broke.CancelAsync();
        }

        return died;
    }

    /// <summary>Takes samples out of the recorder until the load is over, and then the rest.</summary>
    private async Task CollectAsync(
        Recorder recorder,
        SampleCollector collector,
        SamplesFile samples,
        LoadTelemetry telemetry,
        MatrixWorkload workload,
        RunClock clock,
        IReadOnlyList<int> planned,
        CancellationToken measured,
        CancellationToken end)
    {
        void Take(ReadOnlySpan<Sample> taken)
        {
            collector.Add(taken);
            samples.Add(taken);
            telemetry.Add(taken);
        }

        long all = planned.Sum();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                recorder.Drain(Take);
                telemetry.Add(workload.Ledger, clock.Now - (inputs.Profile.DeliveryDeadline.Ticks * TimeSpan.NanosecondsPerTick));
                var seconds = clock.Now / 1e9;
                // Before the load begins the clock counts what making ready takes.
                if (Began && !measured.IsCancellationRequested)
                {
                    var done = collector.Done(OperationKind.Send) + collector.Done(OperationKind.Typing) + collector.Done(OperationKind.Receipt);
                    var failed = Enum.GetValues<OperationKind>().Sum(collector.Failed);
                    inputs.Progress.Report(new LoadProgress(
                        "load",
                        Math.Min(1, seconds / inputs.Profile.Duration.TotalSeconds),
                        string.Create(CultureInfo.InvariantCulture, $"{done} of {all} done, {failed} failed, {collector.Done(OperationKind.Sync)} syncs, send p95 {collector.Latency(OperationKind.Send).Percentile(95).TotalMilliseconds:0} ms, delivery p95 {collector.Latency(OperationKind.Delivery).Percentile(95).TotalMilliseconds:0} ms")));
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            recorder.Drain(Take);
            // Nobody waits any more: what is missing now is what the result calls lost.
            telemetry.Add(workload.Ledger, long.MaxValue);
        }
    }

    private SetupPace Setup(string phase) => new(inputs.Lab.Time, (share, text) => inputs.Progress.Report(new LoadProgress(phase, share, text)));
}
