using SynapseLab.Routing;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Routing;

public sealed class EndpointCatalogueTests
{
    private static readonly EndpointCatalogue Catalogue = EndpointCatalogue.Load();

    [Fact]
    public void No_two_entries_claim_the_same_request() => Assert.Empty(Catalogue.Conflicts());

    [Fact]
    public void Every_group_that_a_role_claims_exists() =>
        Assert.Empty(WorkerRoles.All.SelectMany(role => role.RouteGroups).Except(["*", .. Catalogue.Groups.Select(group => group.Name)]));

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
            .Select(entry => $"{entry.Location} {RegisteredSince.NameOf(entry)}: since {entry.Since}, but the code says {registered.Of(entry)}"));
    }

    [Fact]
    public void The_releases_read_from_code_and_by_hand_are_those_of_the_catalogue_s_entries_and_of_no_others()
    {
        var registered = RegisteredSince.Read();

        Assert.Equal(Catalogue.Entries.Select(RegisteredSince.NameOf).Distinct().Order(StringComparer.Ordinal), registered.Names.Order(StringComparer.Ordinal));
        Assert.Equal(
            Catalogue.Entries.Where(entry => !registered.IsRead(entry)).Select(RegisteredSince.NameOf).Distinct().Order(StringComparer.Ordinal),
            registered.NamesByHand.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_stream_with_endpoints_is_one_that_Synapse_knows() =>
        Assert.Empty(Catalogue.Entries.Select(entry => entry.ServedBy.Stream).OfType<string>().Distinct().Except(StreamRule.All.Select(stream => stream.Name)));

    /// <summary>The patterns of the worker documentation and of the older documents the lab was asked to cover: every alternative of each has to lead to workers, or the catalogue says why not.</summary>
    [Theory]
    [MemberData(nameof(DocumentedPatterns))]
    public void Every_alternative_of_a_documented_pattern_leads_to_workers(DocumentedPattern documented)
    {
        var unserved = DocumentedPattern.Unserved();
        var wrong = documented.Alternatives()
            .SelectMany(alternative => (documented.Methods.Count == 0 ? [null] : documented.Methods.Cast<string?>()).Select(method => (Method: method, Alternative: alternative)))
            .Where(wanted => Catalogue.Entries.Any(entry => entry.ServedBy.Kind is not (ServerKind.Main or ServerKind.Nobody)
                && (wanted.Method is null || entry.Takes(wanted.Method))
                && entry.Path.Samples().Any(wanted.Alternative.Matches)) != (documented.Exception is null && !unserved.Contains(wanted.Alternative.Expression)))
            .Select(wanted => $"{wanted.Method ?? "any"} {wanted.Alternative.Expression}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_alternative_that_is_said_to_be_unserved_is_one_of_a_documented_pattern() =>
        Assert.Empty(DocumentedPattern.Unserved().Except(DocumentedPattern.All().SelectMany(documented => documented.Alternatives()).Select(alternative => alternative.Expression)));

    public static TheoryData<DocumentedPattern> DocumentedPatterns() => [.. DocumentedPattern.All()];
}
