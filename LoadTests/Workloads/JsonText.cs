using System.Text.Json;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>One text of a small reply, read without building objects.</summary>
internal static class JsonText
{
    /// <summary>The value of the first property of a name, wherever it stands: <c>{"event_id":"$.."}</c>; null: there is none.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">The value is no text.</exception>
    public static string? First(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read())
            {
                return reader.GetString();
            }
        }

        return null;
    }
}
