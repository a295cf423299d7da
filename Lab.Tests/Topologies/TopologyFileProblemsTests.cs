using System.Text;
using SynapseLab.Topologies;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Files that are no topology at all.</summary>
public sealed class TopologyFileProblemsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void An_empty_file_is_called_empty(string text) =>
        Assert.Equal(["my.yaml: the file is empty. Start from a copy of topologies/monolith.yaml"], TopologyText.Problems(text));

    [Fact]
    public void A_binary_file_is_called_not_text()
    {
        var result = TopologyFile.Parse("my.yaml", (byte[])[0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]);
        Assert.Equal("my.yaml: the file is not text. Give a YAML file in UTF-8", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void A_binary_file_that_happens_to_be_valid_utf8_is_called_not_text() =>
        Assert.Equal(["my.yaml: the file is not text. Give a YAML file in UTF-8"], TopologyText.Problems("homeservers:\0\u0001"));

    [Fact]
    public void A_large_file_is_refused_before_it_is_read()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('#', YamlText.MaxBytes + 1));
        Assert.Equal(
            "my.yaml: the file is larger than 256 KiB. Is it the right file?",
            Assert.Single(TopologyFile.Parse("my.yaml", bytes).Problems).ToString());
    }

    [Fact]
    public void Broken_syntax_is_shown_with_its_line()
    {
        var problem = Assert.Single(TopologyText.Problems("homeservers:\n  hs1.test: {main: {}\n"));
        Assert.StartsWith("my.yaml:", problem, StringComparison.Ordinal);
        Assert.Contains("not valid YAML", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tab_for_indentation_is_shown_with_its_line() =>
        Assert.Equal(
            ["my.yaml:2: not valid YAML: the line is indented with a tab. Indent with spaces"],
            TopologyText.Problems("homeservers:\n\ths1.test: {main: {}}\n"));

    [Fact]
    public void Text_instead_of_a_mapping_is_refused() =>
        Assert.Equal(["my.yaml:1: the topology has to be a mapping, here it is text ('hello')"], TopologyText.Problems("hello\n"));

    [Fact]
    public void A_second_document_is_refused() =>
        Assert.Contains(
            "my.yaml:3: a second document starts here. Remove the '---' and all behind it",
            TopologyText.Problems("homeservers:\n  hs1.test: {main: {}}\n---\na: b\n"));

    [Fact]
    public void A_bomb_of_aliases_is_refused_quickly()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        }

        Assert.Equal(["my.yaml:5: more than 20000 values, aliases expanded. Use fewer aliases"], TopologyText.Problems(bomb.ToString()));
    }

    [Fact]
    public void An_alias_inside_its_own_anchor_is_refused() =>
        Assert.Equal(
            ["my.yaml:1: the alias '*a' refers to nothing before it. Write the value itself"],
            TopologyText.Problems("homeservers: &a {hs1.test: *a}\n"));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Equal(["my.yaml:1: nested more than 24 deep. Flatten it"], TopologyText.Problems(new string('[', 30) + new string(']', 30)));

    [Fact]
    public void Nesting_that_would_exhaust_a_stack_is_refused() =>
        Assert.Equal(["my.yaml:1: nested more than 24 deep. Flatten it"], TopologyText.Problems(new string('[', 100_000)));

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_windows_do_no_harm()
    {
        var bytes = Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes("homeservers:\r\n  hs1.test: {main: {}}\r\n")).ToArray();
        Assert.Empty(TopologyFile.Parse("my.yaml", bytes).Problems);
    }

    [Fact]
    public void An_anchor_may_be_used_again() =>
        Assert.Equal(256L << 20, TopologyText.Read("""
            homeservers:
              hs1.test:
                main: {limits: &small {memory: 256MiB}}
                workers:
                  generic_worker: {role: generic_worker, limits: *small}
            """).Homeservers[0].Workers[0].Limits.MemoryBytes);

    [Fact]
    public void A_file_name_that_no_container_could_have_is_refused()
    {
        var result = TopologyFile.Parse("some/My topology.yaml", "homeservers: {hs1.test: {main: {}}}");
        Assert.Equal(
            "some/My topology.yaml: the file's name 'My topology' is not fit for names of containers. "
                + "Rename it to 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit",
            Assert.Single(result.Problems).ToString());
    }
}
