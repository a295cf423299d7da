using System.Text.Json;
using System.Text.Json.Serialization;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>Readers and writers of the client's JSON, made at compile time: no reflection at run time, and quick to start.
/// Types that are read have <c>set</c>, not <c>init</c>: the generator would write null over the defaults of absent <c>init</c>
/// properties.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(SyncResponse))]
[JsonSerializable(typeof(NewRoom))]
[JsonSerializable(typeof(MessagesPage))]
[JsonSerializable(typeof(RoomIdAnswer))]
[JsonSerializable(typeof(EventIdAnswer))]
[JsonSerializable(typeof(NonceAnswer))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class MatrixJson : JsonSerializerContext;
