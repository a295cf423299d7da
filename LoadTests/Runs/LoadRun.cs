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
    private MeasuredLoad? _load;

    /// <summary>Whether the load began: from then on there is something that was measured, also where the run did not come to its
    /// end.</summary>
    public bool Began => _load?.Began == true;

    /// <summary>Runs it.</summary>
    /// <param name="stop">Ctrl-C: ends the load in good order, and gives a result of what ran.</param>
    /// <returns>The result. Samples lie in the result's folder already.</returns>
    /// <exception cref="LabException">Set-up failed, or the profile does not fit the lab.</exception>
    /// <exception cref="OperationCanceledException">Stopped before the load began: there is nothing to report.</exception>
    public async Task<LoadResult> RunAsync(CancellationToken stop)
    {
        var lab = inputs.Lab;
        using var span = LoadTelemetry.Spans.StartActivity($"load {inputs.Profile.Name}");
        using var telemetry = new LoadTelemetry();
        using var recorder = new Recorder();
        var instruments = new RunInstruments(new RunClock(lab.Time), recorder, new ErrorTally());
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

        // Users and rooms, and everybody's first sync.
        string[] homeservers = [.. lab.Deployment.Homeservers.Select(homeserver => homeserver.Key)];
        string[] processes = [.. lab.Deployment.Processes.Select(process => process.Id)];
        var shape = PopulationShape.Of(inputs.Profile, _plan.Members, homeservers, inputs.RemoteUsersPlace);
        var target = new WorkloadTarget(lab.Name, await EndpointsAsync(shape, stop), processes);
        var population = await PopulationAsync(shape, target.Homeservers, stop);
        using var file = new SamplesFile(Path.Combine(inputs.Folder, ResultFolder.Samples), target.Processes);
        using var workload = new MatrixWorkload(_plan, population, target, run, instruments);
        await workload.PrepareAsync(Setup("first syncs"), stop);

        // Whoever looks on.
        var otherLabs = await OtherLabsAsync(stop);
        var processTable = new ProcessTable();
        var cpu = new CpuMeter(processTable);
        await using var watch = new LabWatch(lab, instruments.Clock, processTable, stop);
        await watch.OpenAsync(stop);
        await using var intake = new SampleIntake(inputs, instruments, file, telemetry);
        var planned = _plan.Counts();
        intake.Open(workload.Ledger, planned.Sum());

        // The load, and what remained of it.
        _load = new MeasuredLoad(inputs, workload, watch, intake, cpu);
        await _load.DriveAsync(instruments, stop);
        var seen = await watch.CloseAsync(_load.Seconds);
        await intake.CloseAsync();

        var end = seen.Deaths.Count > 0 ? RunEnd.Broken : stop.IsCancellationRequested ? RunEnd.Interrupted : RunEnd.Complete;
        var operations = intake.Sums.Operations(planned, _load.Seconds);
        var deliveries = workload.Ledger.Count();
        var verdict = end == RunEnd.Broken ? null : Verdict.Of(inputs.Profile, operations, deliveries, end, _load.Seconds);
        var result = new LoadResult
        {
            Profile = inputs.Profile.Name,
            Description = inputs.Profile.Description,
            Topology = lab.Deployment.Topology.Name,
            Lab = lab.Name,
            Driver = inputs.Driver.Name,
            Seed = inputs.Profile.Seed,
            Run = run,
            Command = inputs.Command,
            Started = instruments.Clock.Start,
            PlannedSeconds = inputs.Profile.Duration.TotalSeconds,
            LoadSeconds = Math.Round(_load.Seconds, 3),
            DrainSeconds = Math.Round(_load.DrainSeconds, 3),
            End = end,
            Problems = [.. seen.Deaths, .. verdict?.Problems ?? [], .. Unwritten(watch.Unread, file.Failure)],
            Saturated = verdict?.Saturated ?? false,
            Gaps = seen.Gaps,
            OtherLabs = otherLabs,
            Operations = operations,
            Deliveries = deliveries,
            Errors = [.. instruments.Errors.Counts.Select(error => new ErrorResult(error.Operation.Name(), error.Cause, error.Count))],
            Processes = seen.Processes,
            Containers = watch.Usage.Totals(),
            Instruments = cpu.Result(watch.Usage.AsksEngine),
            Timeline = new RunTimeline(intake.Sums.SliceSeconds, intake.Sums.Timelines(), watch.Usage.Seconds(), watch.Usage.Cores()),
        };
        return result.Saturated ? WithLimit(result, target.Processes) : result;
    }

    private static IEnumerable<string> Unwritten(string? unread, string? failure)
    {
        if (unread is not null)
        {
            yield return $"not every reading of the containers' CPU and memory was made: {unread}";
        }

        if (failure is not null)
        {
            yield return $"{ResultFolder.Samples} ends early: {failure}";
        }
    }

    // What was carried, and right after it why not more.
    private static LoadResult WithLimit(LoadResult result, IReadOnlyList<string> processes) =>
        result with { Problems = [result.Problems[0], Limit.Of(result, processes), .. result.Problems.Skip(1)] };

    private async Task<IReadOnlyList<string>> OtherLabsAsync(CancellationToken cancellationToken)
    {
        var containers = await inputs.Lab.Engine.ListAsync(LabLabels.Name, cancellationToken);
        var running = containers.Where(container => container.State == "running");
        var names = running.Select(container => container.Labels[LabLabels.Name]).Where(name => name != inputs.Lab.Name);
        return [.. names.Distinct().Order(StringComparer.Ordinal)];
    }

    // The first homeserver's clients may go somewhere else than to the lab's own proxy.
    private async Task<IReadOnlyDictionary<string, IPEndPoint>> EndpointsAsync(PopulationShape shape, CancellationToken cancellationToken)
    {
        var (lab, endpoints) = (inputs.Lab, new Dictionary<string, IPEndPoint>());
        foreach (var homeserver in lab.Deployment.Homeservers.Where(homeserver => shape.Homeservers.Contains(homeserver.Key)))
        {
            endpoints[homeserver.Key] = homeserver == lab.Deployment.Homeservers[0] && inputs.Target is { } target
                ? target
                : await TargetGuard.ResolveAsync(lab.ClientUri(homeserver.Key), null, cancellationToken);
        }

        return endpoints;
    }

    private async Task<Population> PopulationAsync(
        PopulationShape shape, IReadOnlyDictionary<string, IPEndPoint> endpoints, CancellationToken stop)
    {
        DelegatedLogin.Refuse(inputs.Lab.Deployment.Homeservers, "a load");
        var names = inputs.Lab.Deployment.Homeservers.ToDictionary(homeserver => homeserver.Key, homeserver => homeserver.ServerName);
        var addresses = endpoints.ToDictionary(
            pair => pair.Key, pair => new HomeserverAddress(names[pair.Key], new Uri($"http://{pair.Value}")));
        var store = new PopulationStore(inputs.Lab.Folder);
        using var connections = new MatrixConnections();
        var waiter = new Waiter(inputs.Lab.Time, LookAtRooms);
        var builder = new PopulationBuilder(inputs.Lab.Name, addresses, connections.Http, waiter, Setup("set-up"));
        if (store.TryLoad(shape) is { } known && await builder.IsKnownAsync(known, stop))
        {
            return known;
        }

        var population = await builder.BuildAsync(shape, stop);
        store.Save(shape, population);
        return population;
    }

    private SetupPace Setup(string phase) =>
        new(inputs.Lab.Time, (share, text) => inputs.Progress.Report(new LoadProgress(phase, share, text)));
}
