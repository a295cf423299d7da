using Npgsql;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>Reads who wrote which events out of Synapse's table <c>events</c>. Rows without <c>instance_name</c> are main's
/// (synapse/storage/schema/main/delta/58/14events_instance_name.sql), which is called <c>master</c> there.</summary>
internal static class EventRows
{
    /// <summary>Rows per writer in the whole table.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> ByWriterAsync(
        NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT COALESCE(instance_name, 'master'), count(*) FROM events GROUP BY 1");
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows[reader.GetString(0)] = reader.GetInt64(1);
        }

        return rows;
    }

    /// <summary>The writers of given rooms: room ID to the names in its rows; one name unless the room was resharded.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> WritersOfRoomsAsync(
        NpgsqlDataSource database, IReadOnlyCollection<string> roomIds, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT room_id, array_agg(DISTINCT COALESCE(instance_name, 'master')) FROM events WHERE room_id = ANY($1) GROUP BY 1");
        command.Parameters.Add(new NpgsqlParameter { Value = roomIds.ToArray() });
        var rooms = new Dictionary<string, IReadOnlyList<string>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rooms[reader.GetString(0)] = reader.GetFieldValue<string[]>(1);
        }

        return rooms;
    }

    /// <summary>Messages of a room, by writer.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> MessagesOfRoomAsync(
        NpgsqlDataSource database, string roomId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT COALESCE(instance_name, 'master'), count(*) FROM events WHERE room_id = $1 AND type = 'm.room.message' GROUP BY 1");
        command.Parameters.Add(new NpgsqlParameter { Value = roomId });
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows[reader.GetString(0)] = reader.GetInt64(1);
        }

        return rows;
    }
}
