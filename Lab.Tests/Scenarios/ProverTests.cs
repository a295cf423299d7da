using Microsoft.Extensions.Time.Testing;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Stories;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

public sealed class ProverTests
{
    private readonly StringWriter _told = new() { NewLine = "\n" };
    private readonly FakeTimeProvider _time = new();
    private readonly Prover _prover;

    public ProverTests() => _prover = new Prover(new Waiter(_time), new TextStory(_told, _time));

    [Fact]
    public async Task A_claim_that_two_sources_bear_out_is_told_with_what_each_saw()
    {
        await _prover.ProveAsync(
            "one persister wrote all",
            [
                new Witness(EvidenceSource.Database, () => Observation.Yes("106 rows by events_persister1")),
                new Witness(EvidenceSource.Metrics, () => Observation.Yes("events_persister1 counts 106")),
            ],
            CancellationToken.None);

        Assert.Equal(
            """
                        one persister wrote all
                          the database: 106 rows by events_persister1
                          the processes' metrics: events_persister1 counts 106

            """,
            _told.ToString());
    }

    [Fact]
    public async Task Evidence_may_come_late()
    {
        var looks = 0;

        await _prover.ExpectAsync(
            "bob sees it",
            _ => Task.FromResult(Later(++looks < 3 ? Observation.No("nothing") : Observation.Yes("the message"))),
            CancellationToken.None);

        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_claim_that_one_source_denies_fails_with_every_attempt_of_every_source()
    {
        var looks = 0;

        var failure = await Assert.ThrowsAsync<ScenarioFailure>(() => _prover.ProveAsync(
            "one persister wrote all",
            [
                new Witness(EvidenceSource.Database, () => Observation.Yes("106 rows")),
                new Witness(EvidenceSource.Metrics, () =>
                    Later(Observation.No(looks++ == 0 ? "events_persister1 counts 0" : "events_persister1 counts 90"))),
            ],
            CancellationToken.None,
            TimeSpan.FromSeconds(1)));

        Assert.Equal(
            """
            not so: one persister wrote all
            waited 1 s in vain for: one persister wrote all, by the processes' metrics
                t=  0.30 s  events_persister1 counts 0
                t=  0.60 s  events_persister1 counts 90  (3 times, the last at 1.20 s)
            held after 0.00 s: one persister wrote all, by the database
                t=  0.00 s  106 rows
            """,
            failure.Message);
    }

    [Fact]
    public async Task One_source_alone_proves_nothing() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _prover.ProveAsync(
            "one persister wrote all",
            [
                new Witness(EvidenceSource.Database, () => Observation.Yes("rows of events")),
                new Witness(EvidenceSource.Database, () => Observation.Yes("rows of stream_positions")),
            ],
            CancellationToken.None));

    [Fact]
    public void A_plain_requirement_fails_at_once()
    {
        var failure = Assert.Throws<ScenarioFailure>(() => _prover.Require("the order is kept", Observation.No("5 before 4")));

        Assert.Equal("not so: the order is kept\n5 before 4", failure.Message.ReplaceLineEndings("\n"));
    }

    // Time goes by while a witness looks, and only then.
    private Observation Later(Observation look)
    {
        _time.Advance(TimeSpan.FromMilliseconds(300));
        return look;
    }
}
