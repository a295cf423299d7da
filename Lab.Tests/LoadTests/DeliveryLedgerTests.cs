using SynapseLab.LoadTests.Deliveries;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class DeliveryLedgerTests
{
    // Two rooms: users 0, 1, 2 in the first, 2 and 3 in the second.
    private readonly DeliveryLedger _ledger = new(10_000, [[0, 1, 2], [2, 3]]);

    private readonly Dictionary<int, int> _rooms = [];

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
        Assert.False(_ledger.Delivered(1, 3, 1, overlaps: false, out _));
        var count = _ledger.Count();
        Assert.Equal((2L, 1L), (count.Delivered, count.Duplicated));
        Assert.False(count.Clean);
    }

    [Fact]
    public void A_page_of_history_may_show_again_what_a_sync_showed()
    {
        Send(1, room: 1);
        Deliver(1, 2, 3);
        Assert.False(_ledger.Delivered(1, 3, 1, overlaps: true, out _));
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
        _rooms[1] = 1;
        _ledger.Sent(1, 1, 42);
        Assert.True(_ledger.Delivered(1, 2, 1, overlaps: false, out var intended));
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
        Assert.False(_ledger.Delivered(number, user, 0, overlaps: false, out _));
        Assert.Equal(1, _ledger.Count().Misdirected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_message_in_another_room_than_it_was_sent_to_is_misdirected_also_at_a_member_of_both(int room)
    {
        Send(1, room: 0);
        Assert.False(_ledger.Delivered(1, 2, room, overlaps: false, out _));
        var count = _ledger.Count();
        Assert.Equal((1L, 3L, false), (count.Misdirected, count.Lost, count.Clean));
    }

    [Fact]
    public void A_message_that_was_acknowledged_before_another_of_its_room_was_sent_has_to_come_first()
    {
        Send(1, room: 0);
        Send(2, room: 0);
        Deliver(2, 0);
        Deliver(1, 0, 1);
        Deliver(2, 1);
        var count = _ledger.Count();
        Assert.Equal((1L, false), (count.OutOfOrder, count.Clean));
    }

    [Fact]
    public void Of_messages_that_were_under_way_at_once_or_in_different_rooms_either_may_come_first()
    {
        _rooms[1] = _rooms[2] = 0;
        _ledger.Sent(1, 0, 0);
        _ledger.Sent(2, 0, 0);
        _ledger.Acknowledged(1);
        _ledger.Acknowledged(2);
        Send(3, room: 1);
        Deliver(3, 2);
        Deliver(2, 2);
        Deliver(1, 2);
        Assert.Equal(0, _ledger.Count().OutOfOrder);
    }

    [Fact]
    public void A_page_of_history_shows_later_what_is_older()
    {
        Send(1, room: 0);
        Send(2, room: 0);
        Deliver(2, 0);
        Assert.True(_ledger.Delivered(1, 0, 0, overlaps: true, out _));
        Assert.Equal(0, _ledger.Count().OutOfOrder);
    }

    [Fact]
    public void Rooms_of_more_than_64_members_are_told_apart_member_by_member()
    {
        var ledger = new DeliveryLedger(10, [[.. Enumerable.Range(0, 200)]]);
        ledger.Sent(3, 0, 0);
        ledger.Acknowledged(3);
        for (var user = 0; user < 199; user++)
        {
            Assert.True(ledger.Delivered(3, user, 0, overlaps: false, out _));
        }

        Assert.Equal(1, ledger.Count().Lost);
        Assert.True(ledger.Delivered(3, 199, 0, overlaps: false, out _));
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
            _ledger.Delivered(i / 3, i % 3, 0, overlaps: false, out var _);
            return ValueTask.CompletedTask;
        });
        // In whatever order the threads come: that is not theirs to keep.
        var count = _ledger.Count();
        Assert.Equal((15_000L, 15_000L), (_ledger.Deliveries, count.Delivered));
        Assert.Equal((0L, 0L, 0L), (count.Lost, count.Duplicated, count.Misdirected));
    }

    // Two who both see that a message is complete must not step over the next one. A room of thousands makes a look long, so that looks
    // overlap.
    [Fact]
    public async Task It_can_be_asked_by_many_at_once_and_never_calls_an_incomplete_message_complete()
    {
        const int Members = 4096;
        const int Messages = 500;
        var ledger = new DeliveryLedger(Messages, [[.. Enumerable.Range(0, Members)]]);
        var (asked, wrong, done) = (0, 0, false);
        void Ask()
        {
            while (!Volatile.Read(ref done))
            {
                Interlocked.Add(ref wrong, ledger.Complete() ? 1 : 0);
                Interlocked.Increment(ref asked);
            }
        }

        Send(0);
        var asking = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(Ask, TaskCreationOptions.LongRunning)).ToArray();
        for (var number = 1; number < Messages; number++)
        {
            // The next one is there before this one is complete, so at no time all are.
            Send(number);
            for (var user = 0; user < Members; user++)
            {
                ledger.Delivered(number - 1, user, 0, overlaps: false, out _);
            }

            var before = Volatile.Read(ref asked);
            SpinWait.SpinUntil(() => Volatile.Read(ref asked) > before + 6);
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(asking);
        Assert.Equal(0, wrong);

        void Send(int number)
        {
            ledger.Sent(number, 0, 0);
            ledger.Acknowledged(number);
        }
    }

    private void Send(int number, int room, bool acknowledged = true)
    {
        _rooms[number] = room;
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

    // Into the room that the test sent it to: the second has users 2 and 3.
    private void Deliver(int number, params int[] users)
    {
        foreach (var user in users)
        {
            _ledger.Delivered(number, user, _rooms[number], overlaps: false, out _);
        }
    }
}
