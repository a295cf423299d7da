using System.Text.Json;

namespace SynapseLab.Scenarios.Matrix;

// Device keys and messages to devices. The keys are random bytes: Synapse stores and hands on what it is given and checks no device's
// signature.
public sealed partial class MatrixClient
{
    /// <summary>Uploads identity keys of this device (Client-Server API, /keys/upload).</summary>
    /// <param name="session">The device.</param>
    /// <param name="ed25519">Its signing key, unpadded base64 of 32 bytes.</param>
    /// <param name="curve25519">Its identity key, likewise.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task UploadDeviceKeysAsync(Session session, string ed25519, string curve25519, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            "/_matrix/client/v3/keys/upload",
            json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("device_keys");
                json.WriteString("user_id", session.UserId);
                json.WriteString("device_id", session.DeviceId);
                json.WriteStartArray("algorithms");
                json.WriteStringValue("m.olm.v1.curve25519-aes-sha2");
                json.WriteStringValue("m.megolm.v1.aes-sha2");
                json.WriteEndArray();
                json.WriteStartObject("keys");
                json.WriteString($"curve25519:{session.DeviceId}", curve25519);
                json.WriteString($"ed25519:{session.DeviceId}", ed25519);
                json.WriteEndObject();
                json.WriteStartObject("signatures");
                json.WriteStartObject(session.UserId);
                json.WriteString($"ed25519:{session.DeviceId}", "lab");
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteEndObject();
            },
            cancellationToken);

    /// <summary>Asks for the device keys of a user, of this or another homeserver.</summary>
    /// <returns>Device ID to the device's keys as JSON; empty where the user has none or their homeserver cannot be reached.</returns>
    public async Task<IReadOnlyDictionary<string, JsonElement>> QueryDeviceKeysAsync(string userId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            HttpMethod.Post,
            "/_matrix/client/v3/keys/query",
            json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("device_keys");
                json.WriteStartArray(userId);
                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndObject();
            },
            cancellationToken);
        return answer.TryGetProperty("device_keys", out var users) && users.TryGetProperty(userId, out var devices)
            ? devices.EnumerateObject().ToDictionary(device => device.Name, device => device.Value)
            : [];
    }

    /// <summary>Sends a message to one device of a user.</summary>
    /// <param name="type">The event type: <c>m.room_key_request</c>, or a type of one's own.</param>
    /// <param name="transactionId">Unique on this device.</param>
    /// <param name="userId">The receiver.</param>
    /// <param name="deviceId">The receiver's device; <c>*</c>: all.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task SendToDeviceAsync(
        string type,
        string transactionId,
        string userId,
        string deviceId,
        Action<Utf8JsonWriter> content,
        CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Put,
            $"/_matrix/client/v3/sendToDevice/{Escape(type)}/{Escape(transactionId)}",
            json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("messages");
                json.WriteStartObject(userId);
                json.WritePropertyName(deviceId);
                content(json);
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteEndObject();
            },
            cancellationToken);
}
