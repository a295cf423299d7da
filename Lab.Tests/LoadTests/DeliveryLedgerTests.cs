using SynapseLab.LoadTests.Deliveries;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class DeliveryLedgerTests
{
    // Two rooms: users 0, 1, 2 in the first, 2 and 3 in the second.
    private readonly DeliveryLedger _ledger = new(10_000, [[0, 1, 2], [2, 3]]);

    [Fact]
    public void A_message_is_complete_when_every_member_has_it()
    {
        Send(7, room: 0);
        Assert.False(_ledger.Complete());
        Deliver(7, 0, 1, 2);
        Assert.True(_ledger.Complete());
        Assert.Equal(new DeliveryCount(1, 0, 3, 3, 0, 0, 0, 0), _ledger.Count());
    }

    [Fact]
    public void What_a_member_did_not_get_is_lost()
    {
        Send(1, room: 0);
        Send(2, room: 1);
        Deliver(1, 0);
        Deliver(2, 2, 3);
        var count = _ledger.Count();
        Assert.Equal((2L, 5L, 3L, 2L, 1L), (count.Acknowledged, count.Expected, count.Delivered, count.Lost, count.LostMessages));
        Assert.False(count.Clean);
    }

    [Fact]
    public void A_second_delivery_to_the_same_member_is_a_duplicate_and_no_delivery()
    {
        Send(1, room: 1);
        Deliver(1, 2, 3);
        Assert.False(_ledger.Delivered(1, 3, overlaps: false, out _));
        var count = _ledger.Count();
        Assert.Equal((2L, 1L), (count.Delivered, count.Duplicated));
        Assert.False(count.Clean);
    }

    [Fact]
    public void A_page_of_history_may_show_again_what_a_sync_showed()
    {
        Send(1, room: 1);
        Deliver(1, 2, 3);
        Assert.False(_ledger.Delivered(1, 3, overlaps: true, out _));
        Assert.True(_ledger.Count().Clean);
    }

    [Fact]
    public void A_message_that_the_server_refused_need_not_arrive_and_may()
    {
        Send(1, room: 0, acknowledged: false);
        Assert.True(_ledger.Complete());
        Deliver(1, 0);
        Assert.Equal(new DeliveryCount(0, 1, 0, 0, 0, 0, 0, 0), _ledger.Count());
    }

    [Fact]
    public void A_message_may_arrive_before_the_server_acknowledges_it()
    {
        _ledger.Sent(1, 1, 42);
        Assert.True(_ledger.Delivered(1, 2, overlaps: false, out var intended));
        Assert.Equal(42, intended);
        _ledger.Acknowledged(1);
        Deliver(1, 3);
        Assert.True(_ledger.Complete());
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(5000, 0)]
    [InlineData(-1, 0)]
    [InlineData(int.MaxValue, 0)]
    public void A_message_at_somebody_who_is_not_in_the_room_or_that_nobody_sent_is_misdirected(int number, int user)
    {
        Send(1, room: 0);
        Assert.False(_ledger.Delivered(number, user, overlaps: false, out _));
        Assert.Equal(1, _ledger.Count().Misdirected);
    }

    [Fact]
    public void Rooms_of_more_than_64_members_are_told_apart_member_by_member()
    {
        var ledger = new DeliveryLedger(10, [[.. Enumerable.Range(0, 200)]]);
        ledger.Sent(3, 0, 0);
        ledger.Acknowledged(3);
        for (var user = 0; user < 199; user++)
        {
            Assert.True(ledger.Delivered(3, user, overlaps: false, out _));
        }

        Assert.Equal(1, ledger.Count().Lost);
        Assert.True(ledger.Delivered(3, 199, overlaps: false, out _));
        Assert.True(ledger.Complete());
    }

    [Fact]
    public async Task Deliveries_from_many_threads_are_counted_once_each()
    {
        for (var i = 0; i < 5000; i++)
        {
            Send(i, room: 0);
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, 3 * 5000), (i, _) =>
        {
            _ledger.Delivered(i / 3, i % 3, overlaps: false, out var _);
            return ValueTask.CompletedTask;
        });
        Assert.Equal((15_000L, 15_000L), (_ledger.Deliveries, _ledger.Count().Delivered));
        Assert.True(_ledger.Count().Clean);
    }

    private void Send(int number, int room, bool acknowledged = true)
    {
        _ledger.Sent(number, room, 0);
        if (acknowledged)
        {
            _ledger.Acknowledged(number);
        }
        else
        {
            _ledger.Failed(number);
        }
    }

    private void Deliver(int number, params int[] users)
    {
        foreach (var user in users)
        {
            _ledger.Delivered(number, user, overlaps: false, out _);
        }
    }
}
