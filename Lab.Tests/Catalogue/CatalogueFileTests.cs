using SynapseLab.Catalogue;
using Xunit;

namespace SynapseLab.Tests.Catalogue;

public sealed class CatalogueFileTests
{
    private const string Typing = """
        group: typing
        summary: Typing.
        affinity: room
        entries:
          - path: /_matrix/client/(r0|v3)/rooms/{room_id}/typing/{user_id}
            methods: [PUT]
            served_by: {stream: typing}
            since: '1.54'
            source: docs/workers.md
        """;

    [Fact]
    public void An_entry_says_path_methods_server_affinity_release_and_source()
    {
        var (catalogue, problems) = EndpointCatalogue.Read([("typing.yaml", Typing)]);

        Assert.Empty(problems);
        var entry = Assert.Single(catalogue!.Entries);
        Assert.Equal("stream typing", entry.ServedBy.ToString());
        Assert.Equal(SynapseLab.Catalogue.Affinity.Room, entry.Affinity);
        Assert.Equal("typing.yaml:5", entry.Location);
    }

    [Theory]
    [InlineData("affinity: room", "affinity: planet", "typing.yaml:3", "there is no affinity 'planet'")]
    [InlineData("methods: [PUT]", "methods: [PAT]", "typing.yaml:6", "there is no method 'PAT'")]
    [InlineData("{stream: typing}", "everybody", "typing.yaml:7", "served_by' has to be")]
    [InlineData("{stream: typing}", "{stream: typing, otherwise: main}", "typing.yaml:7", "served_by' has to be")]
    [InlineData("{stream: typing}", "{stream: talking}", "typing.yaml:7", "served_by' has to be")]
    [InlineData("affinity: room", "affinity: room\ncaller: nobody", "typing.yaml:4", "there is no caller 'nobody'")]
    [InlineData("since: '1.54'", "until: '1.54'", "typing.yaml:8", "unknown key 'until'")]
    [InlineData("since: '1.54'", "since: 1.54", "typing.yaml:8", "'since' has to be text, here it is a number")]
    [InlineData("{user_id}", "{user_id", "typing.yaml:5", "never closed")]
    [InlineData("group: typing", "group: moving", "typing.yaml:1", "has to stand in moving.yaml")]
    [InlineData("affinity: room", "affinity: room\nlike: nothing", "typing.yaml:1", "like 'nothing', which does not exist")]
    [InlineData("summary: Typing.", "summary: Typing: it", "typing.yaml:2", "not valid YAML")]
    public void A_mistake_is_told_with_file_and_line(string right, string wrong, string where, string what)
    {
        var (catalogue, problems) = EndpointCatalogue.Read([("typing.yaml", Typing.Replace(right, wrong, StringComparison.Ordinal))]);

        Assert.Null(catalogue);
        Assert.Contains(problems, problem => problem.Where == where && problem.What.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_entries_that_claim_the_same_request_are_both_named()
    {
        var other = Typing.Replace("group: typing", "group: other", StringComparison.Ordinal)
            .Replace("(r0|v3)/rooms/{room_id}/typing", "v3/rooms/{room_id}/{what}", StringComparison.Ordinal);
        var (catalogue, _) = EndpointCatalogue.Read([("other.yaml", other), ("typing.yaml", Typing)]);

        var conflict = Assert.Single(catalogue!.Conflicts());
        Assert.Equal("typing.yaml:5", conflict.Where);
        Assert.Contains("other.yaml:5", conflict.What, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_path_for_another_method_is_no_conflict()
    {
        var other = Typing.Replace("group: typing", "group: other", StringComparison.Ordinal)
            .Replace("[PUT]", "[GET]", StringComparison.Ordinal);

        Assert.Empty(EndpointCatalogue.Read([("other.yaml", other), ("typing.yaml", Typing)]).Catalogue!.Conflicts());
    }
}
