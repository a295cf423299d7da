using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>
/// Whether Postgres takes connections, asked with a start-up packet and its first byte of reply (PostgreSQL documentation, "Message
/// formats"): <c>R</c> asks for the password, <c>E</c> refuses ("the database system is starting up"). The port itself says nothing,
/// since the engine's proxy accepts before Postgres does.
/// </summary>
internal static class PostgresGreeting
{
    private const int Protocol3 = 3 << 16;

    public static async Task<Look> LookAsync(string host, int port, string database, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host, port, cancellationToken);
        var parameters = Encoding.ASCII.GetBytes($"user\0synapse\0database\0{database}\0\0");
        var packet = new byte[8 + parameters.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4), Protocol3);
        parameters.CopyTo(packet, 8);
        await socket.SendAsync(packet, cancellationToken);
        var reply = new byte[256];
        var length = await socket.ReceiveAsync(reply, cancellationToken);
        return length == 0 ? Look.No("closed the connection")
            : reply[0] == 'R' ? Look.Yes("takes connections")
            : Look.No(Message(reply.AsSpan(0, length)));
    }

    // E, length, then fields of a letter and a text ended by zero; M is the message for people.
    private static string Message(ReadOnlySpan<byte> reply)
    {
        foreach (var field in Encoding.UTF8.GetString(reply[5..]).Split('\0'))
        {
            if (field.StartsWith('M'))
            {
                return field[1..];
            }
        }

        return "refused";
    }
}
