using System.Text;
using System.Text.RegularExpressions;
using SynapseLab.Catalogue;

namespace SynapseLab.Routing;

/// <summary>The text that a proxy hashes to choose a member of a pool: the same in C# as in the rendered configurations.</summary>
public static partial class AffinityKey
{
    /// <summary>
    /// Finds a localpart in an access token. Synapse's own tokens are <c>syt_{unpadded base64 of the localpart}_{20 letters}_{checksum}</c>
    /// (synapse/handlers/auth.py generate_access_token). Base64 has no underscore, and of the characters that a localpart may
    /// have none leads to '+' or '/', so the part is the same in a header and in a query.
    /// </summary>
    public const string LocalpartPattern = "^syt_(?<lab_localpart>[^_]+)_";

    /// <summary>
    /// Finds the sending server in a federation request's Authorization header:
    /// <c>X-Matrix origin="hs2.test",destination="hs1.test",key="ed25519:a",sig="..."</c>, quotes optional, order free.
    /// </summary>
    public const string OriginPattern = "^X-Matrix\\s(?:.*[\\s,])?origin=\"?(?<lab_origin_name>[^\",\\s]+)";

    /// <summary>
    /// Finds a room in the decoded path of a client's or another homeserver's request, wherever it stands:
    /// the first part that begins as only the ID of a room (<c>!</c>) or its alias (<c>#</c>) may (Matrix specification,
    /// appendix "Common identifier format").
    /// </summary>
    public const string RoomPattern = "/(?<lab_room_id>[!#][^/]+)";

    /// <summary>The key of a request.</summary>
    /// <returns>Null for <see cref="Affinity.None"/>.</returns>
    public static string? Of(HttpRequestLine request, Affinity affinity) => affinity switch
    {
        Affinity.User => User(request),
        Affinity.Room => Room(request),
        Affinity.Origin => Origin(request),
        Affinity.SourceIp => request.RemoteAddress.ToString(),
        _ => null,
    };

    /// <summary>What people read instead of a key: the localpart of a user's key.</summary>
    public static string Explain(string key, Affinity affinity)
    {
        if (affinity != Affinity.User)
        {
            return key;
        }

        try
        {
            var padded = key.PadRight((key.Length + 3) / 4 * 4, '=');
            var localpart = Encoding.UTF8.GetString(Convert.FromBase64String(padded));
            return localpart.All(character => character is > ' ' and <= '~') ? $"{key} (user {localpart})" : key;
        }
        catch (FormatException)
        {
            return key;
        }
    }

    private static string User(HttpRequestLine request)
    {
        var token = request.Authorization is { } header
            ? header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : header
            : QueryString.First(request.Query, "access_token");
        if (string.IsNullOrEmpty(token))
        {
            return request.RemoteAddress.ToString();
        }

        var match = Localpart().Match(token);
        return match.Success ? match.Groups["lab_localpart"].Value : token;
    }

    private static string Room(HttpRequestLine request)
    {
        var match = RoomId().Match(Uri.UnescapeDataString(request.Path));
        return match.Success ? match.Groups["lab_room_id"].Value : request.RemoteAddress.ToString();
    }

    private static string Origin(HttpRequestLine request)
    {
        var match = OriginName().Match(request.Authorization ?? "");
        return match.Success ? match.Groups["lab_origin_name"].Value : request.RemoteAddress.ToString();
    }

    [GeneratedRegex(LocalpartPattern)]
    private static partial Regex Localpart();

    [GeneratedRegex(OriginPattern)]
    private static partial Regex OriginName();

    [GeneratedRegex(RoomPattern)]
    private static partial Regex RoomId();
}
