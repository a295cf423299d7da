namespace SynapseLab.LoadTests.Deliveries;

/// <summary>What became of the messages of a run.</summary>
/// <param name="Acknowledged">Messages that the server said it had.</param>
/// <param name="Failed">Messages that it refused or gave no answer to; they may have arrived or not, and count neither way.</param>
/// <param name="Expected">Deliveries there had to be: acknowledged messages times the members of their rooms who sync, the sender among
/// them.</param>
/// <param name="Delivered">Those of them that were.</param>
/// <param name="Lost">Those that were not, until the deadline for deliveries or until the wait for them was broken off: only a complete run
/// can call them lost.</param>
/// <param name="LostMessages">Messages that at least one member did not get.</param>
/// <param name="Duplicated">Deliveries to a member who had that message already.</param>
/// <param name="Misdirected">Messages that came in a room that they were not sent to, to somebody who is not in their room, or that were
/// never sent.</param>
/// <param name="OutOfOrder">Deliveries of a message after one of the same room that was sent only when it was acknowledged already.</param>
public sealed record DeliveryCount(
    long Acknowledged, long Failed, long Expected, long Delivered, long Lost, long LostMessages, long Duplicated, long Misdirected,
    long OutOfOrder = 0)
{
    /// <summary>Nothing lost, nothing twice, nothing in the wrong place or order.</summary>
    public bool Clean => Lost == 0 && Duplicated == 0 && Misdirected == 0 && OutOfOrder == 0;
}
