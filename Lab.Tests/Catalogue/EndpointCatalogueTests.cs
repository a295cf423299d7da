using SynapseLab.Catalogue;
using SynapseLab.Routing;
using SynapseLab.Tests.RealLab.Conformance;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Catalogue;

public sealed class EndpointCatalogueTests
{
    private static readonly EndpointCatalogue Catalogue = EndpointCatalogue.Load();

    [Fact]
    public void No_two_entries_claim_the_same_request() => Assert.Empty(Catalogue.Conflicts());

    [Fact]
    public void Every_group_that_a_role_claims_exists() =>
        Assert.Empty(WorkerRoles.All.SelectMany(role => role.RouteGroups).Except(["*", .. Catalogue.Groups.Select(group => group.Name)]));

    [Fact]
    public void Every_entry_can_have_the_affinity_that_is_recommended_for_it() =>
        Assert.Empty(
            Catalogue.Entries.Where(entry => !entry.CanHave(entry.Affinity)).Select(entry => $"{entry.Location}: {entry.Affinity}"));

    [Fact]
    public void Every_path_with_a_room_shows_it_to_the_proxies()
    {
        string[] rooms = ["!a:hs1.test", "%21a%3Ahs1.test", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"];
        Assert.Empty(
            from entry in Catalogue.Entries
            where entry.CanHave(Affinity.Room)
            from room in rooms
            from path in entry.Path.Samples(name =>
                name is "room_id" or "room_identifier" ? room : name == "user_id" ? "@alice:hs1.test" : "x1")
            where AffinityKey.Of(new HttpRequestLine("GET", path), Affinity.Room) != Uri.UnescapeDataString(room)
            select $"{entry.Location}: {path}");
    }

    /// <summary>A read elsewhere than where the write was is answered out of a cache that may not have heard of it.</summary>
    [Fact]
    public void No_group_leaves_reads_to_any_worker_while_a_stream_s_writer_serves_the_writes() =>
        Assert.Empty(Catalogue.Groups.Where(group =>
            group.Entries.Any(entry => entry.ServedBy.Kind == ServerKind.StreamWriter)
            && group.Entries.Any(entry => entry.ServedBy.Kind is not ServerKind.StreamWriter)).Select(group => group.Name));

    /// <summary>With none, or the address, two requests of a user could meet different writers.</summary>
    [Fact]
    public void Where_a_stream_with_several_writers_is_read_too_a_user_stays_with_one() =>
        Assert.All(
            Catalogue.Groups.Where(group => group.Name is "device_lists" or "thread_subscriptions"),
            group => Assert.Equal([Affinity.User], group.Affinities));

    [Fact]
    public void Every_answer_that_is_held_to_be_right_is_one_to_an_entry_and_a_method_of_it() =>
        Assert.Empty(
            RightAnswer.Names.Except(
                Catalogue.Entries.SelectMany(entry => entry.EachMethod.Select(method => RightAnswer.NameOf(entry, method)))));

    [Fact]
    public void Every_entry_names_its_release() =>
        Assert.All(Catalogue.Entries, entry => Assert.Matches("^1\\.[0-9]+$", entry.Since));

    /// <summary>What Synapse's code registered at each release, so that a release that somebody guessed is noticed.</summary>
    [Fact]
    public void Every_entry_holds_since_the_release_whose_code_is_the_first_to_register_it_whole()
    {
        var registered = RegisteredSince.Read();

        Assert.Empty(Catalogue.Entries
            .Where(entry => registered.Of(entry) != entry.Since)
            .Select(entry =>
                $"{entry.Location} {RegisteredSince.NameOf(entry)}: since {entry.Since}, but the code says {registered.Of(entry)}"));
    }

    [Fact]
    public void The_releases_read_from_code_and_by_hand_are_those_of_the_catalogue_s_entries_and_of_no_others()
    {
        var registered = RegisteredSince.Read();

        Assert.Equal(
            Catalogue.Entries.Select(RegisteredSince.NameOf).Distinct().Order(StringComparer.Ordinal),
            registered.Names.Order(StringComparer.Ordinal));
        Assert.Equal(
            Catalogue.Entries
                .Where(entry => !registered.IsRead(entry))
                .Select(RegisteredSince.NameOf)
                .Distinct()
                .Order(StringComparer.Ordinal),
            registered.NamesByHand.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_stream_with_endpoints_is_one_that_Synapse_knows() =>
        Assert.Empty(
            Catalogue.Entries
                .Select(entry => entry.ServedBy.Stream)
                .OfType<string>()
                .Distinct()
                .Except(StreamRule.All.Select(stream => stream.Name)));

    /// <summary>
    /// The patterns of the worker documentation and of the older documents the lab was asked to cover: every alternative of each has to
    /// lead to workers, or the catalogue says why not.
    /// </summary>
    [Theory]
    [MemberData(nameof(DocumentedPatterns))]
    public void Every_alternative_of_a_documented_pattern_leads_to_workers(DocumentedPattern documented)
    {
        var unserved = DocumentedPattern.Unserved();
        var wrong = documented.Alternatives()
            .SelectMany(alternative =>
                (documented.Methods.Count == 0 ? [null] : documented.Methods.Cast<string?>()).Select(method =>
                    (Method: method, Alternative: alternative)))
            .Where(wanted => Catalogue.Entries.Any(entry => entry.ServedBy.Kind is not (ServerKind.Main or ServerKind.Nobody)
                && (wanted.Method is null || entry.Takes(wanted.Method))
                && entry.Path.Samples().Any(wanted.Alternative.Matches)) != (documented.Exception is null && !unserved.Contains(wanted.Alternative.Expression)))
            .Select(wanted => $"{wanted.Method ?? "any"} {wanted.Alternative.Expression}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_alternative_that_is_said_to_be_unserved_is_one_of_a_documented_pattern() =>
        Assert.Empty(
            DocumentedPattern.Unserved()
                .Except(
                    DocumentedPattern.All()
                        .SelectMany(documented => documented.Alternatives())
                        .Select(alternative => alternative.Expression)));

    public static TheoryData<DocumentedPattern> DocumentedPatterns() => [.. DocumentedPattern.All()];
}
