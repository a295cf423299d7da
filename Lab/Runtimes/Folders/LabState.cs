using System.Text.Json;
using System.Text.Json.Serialization;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Folders;

/// <summary>
/// What the lab's folder remembers of a lab: <c>lab.json</c>. Written before the first container is started, so that whoever comes
/// after a crash knows what to clean up, and again when all is healthy, or when the start has failed and is kept.
/// </summary>
public sealed record LabState
{
    /// <summary>Its name in the lab's folder.</summary>
    public const string FileName = "lab.json";

    /// <summary>How far it came.</summary>
    public required LabPhase Phase { get; init; }

    /// <summary>The runtime that started it: <c>compose</c>, <c>aspire</c>.</summary>
    public required string Runtime { get; init; }

    /// <summary>Whether it ends with the process that started it, as a lab in an Aspire application does: where that process is gone,
    /// what is left is rubbish.</summary>
    public bool LivesWithStarter { get; init; }

    /// <summary>Process id of the command that started it.</summary>
    public required int StarterPid { get; init; }

    /// <summary>When that command began, in clock ticks since boot; tells it from a later process of the same id (proc(5),
    /// stat field 22).</summary>
    public required long StarterStart { get; init; }

    /// <summary>When the start began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What the machine gave to it: images and ports.</summary>
    public required DeploymentInputs Inputs { get; init; }

    /// <summary>What ended the start, a line each, where that failed and the lab is kept for a look; else empty.</summary>
    public IReadOnlyList<string> Failure { get; init => field = value ?? []; } = [];

    /// <summary>The topology's file as it was when the lab was started, word for word; empty where there was none.</summary>
    public string TopologyText { get; init; } = "";

    /// <summary>The deployment as it was started, files included.</summary>
    public required Deployment Deployment { get; init; }

    /// <summary>Reads the state of a lab.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="LabException">There is one that this version of the lab can't read:
    /// another version wrote it (exit code 2).</exception>
    public static LabState? Load(LabFolder folder)
    {
        var file = folder.File(FileName);
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, LabStateJson.Default.LabState);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            // It is written in one step, so it is whole.
            var name = Path.GetFileName(folder.Path);
            throw new LabException(
                ExitCodes.WrongUse,
                new Problem(
                    $"lab '{name}' was started by another version of the lab, which this one can't read",
                    file,
                    $"Go on with that version, or take the lab down: {ToType.Lab("down", name)}"),
                e);
        }
    }

    /// <summary>Reads the state of a lab where it can be read.</summary>
    /// <returns>Null where there is none, or one that can't be read.</returns>
    public static LabState? TryLoad(LabFolder folder)
    {
        try
        {
            return Load(folder);
        }
        catch (Exception e) when (e is LabException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The states of all labs of a checkout that can be read.</summary>
    public static IEnumerable<LabState> LoadAll(LabRoot root) => root.LabNames.Select(name => TryLoad(root.Lab(name))).OfType<LabState>();

    /// <summary>Writes the state in one step: a reader sees the old one or the new one.</summary>
    public void Save(LabFolder folder)
    {
        folder.Create();
        AtomicFile.Write(
            folder.File(FileName), stream => JsonSerializer.Serialize(stream, this, LabStateJson.Default.LabState), ownerOnly: true);
    }

    /// <summary>Whether two deployments are the same, files included.</summary>
    public static bool Same(Deployment one, Deployment other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, LabStateJson.Default.Deployment)
            .AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, LabStateJson.Default.Deployment));
}

/// <summary>Serialisers made at compile time: every command reads this file,
/// and reflection would cost each of them a tenth of a second.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, Converters = [typeof(PlainValueConverter)])]
[JsonSerializable(typeof(LabState))]
[JsonSerializable(typeof(Deployment))]
internal sealed partial class LabStateJson : JsonSerializerContext;

/// <summary>Reads the values of free options as the topology's parser gives them (see HomeserverTopology.Options),
/// so that a deployment read back equals the one written.</summary>
internal sealed class PlainValueConverter : JsonConverter<object>
{
    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Plain(document.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                // Always with a point, so that it is read back as a double.
                writer.WriteRawValue(
                    number.ToString(number == Math.Floor(number) ? "0.0" : "R", System.Globalization.CultureInfo.InvariantCulture));
                break;
            case IEnumerable<KeyValuePair<string, object?>> map:
                writer.WriteStartObject();
                foreach (var (key, item) in map)
                {
                    writer.WritePropertyName(key);
                    WriteOrNull(writer, item, options);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable<object?> list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    WriteOrNull(writer, item, options);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new JsonException($"an option has a value of a kind that YAML does not have: {value.GetType()}");
        }
    }

    private void WriteOrNull(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            Write(writer, value, options);
        }
    }

    private static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? whole : (object)element.GetDouble(),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToArray(),
        JsonValueKind.Object => element.EnumerateObject().ToDictionary(pair => pair.Name, pair => Plain(pair.Value)),
        _ => null,
    };
}
