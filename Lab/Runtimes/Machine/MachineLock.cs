using System.Net.Sockets;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Machine;

/// <summary>
/// The turn of one command among all of this machine, whatever checkout and user they are of:
/// an address of the kernel's abstract sockets (unix(7)). Those are of one network namespace: commands in two (two containers, say)
/// have a turn each. One process at a time can have it, it needs neither a file nor rights to one,
/// and the system takes it back when its holder ends. Disposing it gives the turn to the next.
/// </summary>
internal sealed class MachineLock : IDisposable
{
    private readonly Socket _socket;

    private MachineLock(Socket socket) => _socket = socket;

    /// <summary>Takes the turn if nobody has it.</summary>
    /// <param name="name">Of what: <c>prepare</c>.</param>
    /// <returns>Null where somebody has it.</returns>
    /// <exception cref="LabException">The system gives no such address (exit code 2).</exception>
    public static MachineLock? TryTake(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0synapse-lab/{name}"));
            return new MachineLock(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? null
                : throw new LabException(
                    ExitCodes.WrongUse,
                    new Problem($"this system gives no turn to '{name}', an abstract socket (unix(7)): {e.Message}"),
                    e);
        }
    }

    /// <summary>Waits for the turn.</summary>
    /// <param name="name">Of what.</param>
    /// <param name="until">What the one before will have done by then, as a statement.</param>
    /// <param name="deadline">How long to wait for the one before.</param>
    /// <param name="waiter">Waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LabException">The deadline passed (exit code 1).</exception>
    public static async Task<MachineLock> TakeAsync(
        string name, string until, TimeSpan deadline, Waiter waiter, CancellationToken cancellationToken)
    {
        MachineLock? turn = null;
        await waiter.UntilAsync(
            deadline,
            until,
            _ => Task.FromResult((turn = TryTake(name)) is null ? Observation.No("not yet") : Observation.Yes("done")),
            cancellationToken);
        return turn!;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
