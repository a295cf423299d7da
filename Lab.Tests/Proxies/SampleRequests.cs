using SynapseLab.Catalogue;

namespace SynapseLab.Tests.Proxies;

/// <summary>Requests for every entry of the catalogue.</summary>
internal static class SampleRequests
{
    /// <summary>Each entry with each of its methods and each form of its path.</summary>
    public static IEnumerable<HttpRequestLine> Of(EndpointCatalogue catalogue, string localpartToken) =>
        from entry in catalogue.Entries
        from method in entry.EachMethod
        from path in entry.Path.Samples(ValueOf)
        select new HttpRequestLine(method, path + QueryOf(entry)) { Authorization = $"Bearer {localpartToken}" };

    /// <summary>
    /// A likely value of a placeholder, undecoded, with what makes paths difficult: escapes, slashes in escapes, no domain.
    /// </summary>
    public static string ValueOf(string placeholder) => placeholder switch
    {
        "room_id" => "%21aBc:hs1.test",
        "room_identifier" => "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
        "room_alias" => "%23lounge%2Fold:hs1.test",
        "user_id" or "target_user_id" => "@al%2Fice:hs1.test",
        "event_id" or "parent_id" or "thread_root_id" => "$143273582443PhrSn:example.org",
        "event_type" => "m.room.message",
        "state_key" => "",
        "tag" => "u.work%20stuff",
        "rest" => "a/b%2Fc",
        _ => "x1",
    };

    /// <summary>A query that meets an entry's condition.</summary>
    public static string QueryOf(CatalogueEntry entry) => entry.When switch
    {
        null => entry.Group == "sync" ? "?since=s1_2&from=s1_2&timeout=0" : "?x=/_matrix/client/v3/sync",
        { Value: null } => "?timeout=0",
        { } condition => $"?since=s1_2&{condition.Name}={condition.Value}",
    };
}
