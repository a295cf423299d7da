using System.Text;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;
using SynapseLab.LoadTests.Profiles;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>
/// A profile's operations as Matrix requests: the schedule's sends, typing notices and receipts (<see cref="ScheduledOperations"/>), and
/// one loop of long-poll syncs for each user who listens (<see cref="SyncLoops"/>). Every message carries its run and number in its
/// content, by which the syncs know it again.
/// </summary>
internal sealed class MatrixWorkload : IWorkload, IDisposable
{
    private readonly LoadPlan _plan;
    private readonly Population _population;
    private readonly WorkloadTarget _target;
    private readonly UserConnections _users;
    private readonly ScheduledOperations _operations;
    private readonly SyncLoops _loops;

    /// <summary>Makes the workload of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="population">Its users and rooms.</param>
    /// <param name="target">Where they are.</param>
    /// <param name="run">Mark of the run, lower-case letters and digits, unlike that of any other run on this lab.</param>
    /// <param name="instruments">Take deliveries and backfills; the driver records the rest.</param>
    public MatrixWorkload(LoadPlan plan, Population population, WorkloadTarget target, string run, RunInstruments instruments)
    {
        (_plan, _population, _target) = (plan, population, target);
        var (profile, clock, mark) = (plan.Profile, instruments.Clock, Encoding.ASCII.GetBytes(run));
        _users = new UserConnections(population.Users, target, profile.RequestTimeout, clock.Time);
        Ledger = new DeliveryLedger(
            (int)Math.Min(LoadLimits.MostOperations * 1.2, (profile.Open.Rate * profile.Duration.TotalSeconds * 1.2) + 10_000),
            [.. population.Rooms.Select(room => (IReadOnlyList<int>)[.. room.Members.Where(Listens)])]);

        _operations = new ScheduledOperations(_users, new OperationRequests(population, _users, profile.MessageBytes, mark), Ledger, clock);
        var syncs = new SyncRequests(_users, new ArrivedMessages(Ledger, population.Rooms, instruments), mark, instruments);
        var listeners = population.Users.Select((user, index) => new Listener(index, user.FilterId));
        _loops = new SyncLoops([.. listeners.Where(listener => Listens(listener.User))], syncs, Ledger, clock);

        // Of the first homeserver's users as many as the profile says; all those of the others.
        bool Listens(int user) => user < (profile.Closed.Users ?? profile.Users) || user >= profile.Users;
    }

    /// <summary>Who got which message.</summary>
    public DeliveryLedger Ledger { get; }

    /// <inheritdoc />
    public IEnumerable<PlannedOperation> Schedule => _plan.Schedule();

    /// <inheritdoc />
    public int Loops => _loops.Count;

    /// <inheritdoc />
    public OperationKind LoopOperation => OperationKind.Sync;

    /// <summary>The first sync of everybody who listens. Not part of the measured load.</summary>
    /// <exception cref="LabException">A user cannot sync (exit code 1).</exception>
    public Task PrepareAsync(IProgress<SetupProgress> progress, CancellationToken cancellationToken) =>
        _loops.PrepareAsync(CannotSync, progress, cancellationToken);

    /// <summary>Lets the last messages arrive, see <see cref="SyncLoops.DrainAsync"/>.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _loops.DrainAsync(_plan.Profile.DeliveryDeadline, cancellationToken);

    /// <inheritdoc />
    public ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken) =>
        _operations.ExecuteAsync(operation, cancellationToken);

    /// <inheritdoc />
    public ValueTask<OperationOutcome> IterateAsync(int loop, CancellationToken cancellationToken) =>
        _loops.IterateAsync(loop, _plan.Profile.Closed.Timeout, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _users.Dispose();

    private LabException CannotSync(int user, string error) =>
        LabException.Failed(
            $"the first sync of {_population.Users[user].UserId} failed: {error}", null, $"See {ToType.On(_target.Lab, "status")}");
}
