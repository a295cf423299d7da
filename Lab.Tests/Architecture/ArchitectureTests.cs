using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Architecture;

/// <summary>The way of the data is the shape of the code: docs/architecture.md.</summary>
public sealed partial class ArchitectureTests(ArchitectureTests.ReadOnce once) : IClassFixture<ArchitectureTests.ReadOnce>
{
    private const string Document = "docs/architecture.md";

    private static readonly string Root = LabRoot.Find().Path;

    [Fact]
    public void No_namespace_reaches_another_that_reaches_back()
    {
        var back = BackArrows(once.Code);

        Assert.True(back.Count == 0, string.Join('\n', back));
    }

    [Fact]
    public void Of_namespaces_that_reach_each_other_also_by_a_third_the_places_are_told()
    {
        var code = SourceCode.Of(
        [
            ("Lab/Base/One.cs", "namespace SynapseLab.One;\nclass A { Three.C? c; }"),
            ("Lab/Base/Two.cs", "using SynapseLab.One;\nnamespace SynapseLab.Two;\nclass B { A? a; }"),
            ("Lab/Base/Three.cs", "namespace SynapseLab.Three;\nclass C { object b = typeof(Two.B); }"),
            ("Lab/Base/Four.cs", "namespace SynapseLab.Four;\nclass D { SynapseLab.One.A? a; }"),
        ]);

        Assert.Equal(
            [
                "Lab/Base/One.cs:2: SynapseLab.One names C of SynapseLab.Three (1 such place)",
                "Lab/Base/Three.cs:2: SynapseLab.Three names B of SynapseLab.Two (1 such place)",
                "Lab/Base/Two.cs:3: SynapseLab.Two names A of SynapseLab.One (1 such place)",
            ],
            BackArrows(code));
    }

    [Fact]
    public void A_project_names_only_what_lies_before_it()
    {
        var order = SourceCode.Projects.Select((project, place) => (project, place)).ToDictionary(pair => pair.project, pair => pair.place);

        Assert.All(once.Code.Ways, way =>
            Assert.True(order[once.Code.ProjectOf[way.To]] <= order[once.Code.ProjectOf[way.From]], $"{way.From} names {way.To}"));
    }

    [Fact]
    public void The_picture_in_the_document_is_of_the_code_as_it_is()
    {
        var text = File.ReadAllText(Path.Combine(Root, Document));

        var picture = ArchitecturePicture.Of(once.Code, ["Lab/Base", "Lab/Model", "Lab/Rendering", "Lab/Runtimes"]);
        Assert.Matches(Picture(), text);
        Snapshot.MatchRepositoryFile(
            Picture().Replace(text, match => match.Groups["begin"].Value + picture + match.Groups["end"].Value),
            Document);
    }

    [Fact]
    public void Its_links_lead_somewhere()
    {
        var links = Link().Matches(File.ReadAllText(Path.Combine(Root, Document))).Select(match => match.Groups["target"].Value).ToArray();

        Assert.True(links.Length > 20, $"{links.Length} links");
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Root, "docs", link)), link));
    }

    // Of each two, three places at most; the pair with the fewest first, since that is the arrow to mend.
    private static IReadOnlyList<string> BackArrows(SourceCode code)
    {
        var reached = Reach.Of(code.Ways);
        return
        [
            .. code.Arrows.Where(arrow => reached[arrow.To].Contains(arrow.From))
                .GroupBy(arrow => (arrow.From, arrow.To))
                .OrderBy(way => way.Count()).ThenBy(way => way.First().Place, StringComparer.Ordinal)
                .SelectMany(way => way.Take(3).Select(arrow => $"{arrow} ({way.Count()} such place{(way.Count() == 1 ? "" : "s")})")),
        ];
    }

    [GeneratedRegex(
        "(?<begin><!-- picture: drawn by Lab.Tests/Architecture from the code -->\n).*(?<end><!-- end -->)",
        RegexOptions.Singleline)]
    private static partial Regex Picture();

    // [topologies/](../topologies)
    [GeneratedRegex(@"\]\((?!https?:)(?<target>[^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    /// <summary>Read once for all tests: the compiler takes seconds.</summary>
    public sealed class ReadOnce
    {
        internal SourceCode Code { get; } = SourceCode.Read();
    }
}
