using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Yaml;

/// <summary>What plain scalars mean to PyYAML; each line was compared with yaml.safe_load.</summary>
public sealed class YamlValuesTests
{
    private static object? Plain(string text) => YamlValues.ToValue(new YamlScalar(1, text, Plain: true));

    [Theory]
    [InlineData("yes", true)]
    [InlineData("On", true)]
    [InlineData("no", false)]
    [InlineData("OFF", false)]
    [InlineData("y", "y")]
    [InlineData("12", 12L)]
    [InlineData("-3", -3L)]
    [InlineData("1.5", 1.5)]
    [InlineData("1e3", "1e3")]
    [InlineData("1.0e+3", 1000.0)]
    [InlineData("~", null)]
    [InlineData("", null)]
    [InlineData("null", null)]
    [InlineData("none", "none")]
    public void A_plain_scalar_is_what_synapse_takes_it_for(string text, object? value) => Assert.Equal(value, Plain(text));

    [Theory]
    [InlineData("yes")]
    [InlineData("12")]
    [InlineData("~")]
    public void A_quoted_scalar_is_text(string text) => Assert.Equal(text, YamlValues.ToValue(new YamlScalar(1, text, Plain: false)));

    [Theory]
    [InlineData("no")]
    [InlineData("")]
    [InlineData("1:30")]
    [InlineData("0755")]
    [InlineData("0x1F")]
    [InlineData("1_000")]
    [InlineData("2024-01-31")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("*alias")]
    [InlineData("trailing ")]
    [InlineData("two\nlines")]
    public void Text_that_would_be_read_as_something_else_needs_quotes(string text) => Assert.True(YamlValues.NeedsQuotes(text));

    [Theory]
    [InlineData("hs1.test")]
    [InlineData("/config/homeserver.yaml")]
    [InlineData("--config-path=/config/homeserver.yaml")]
    [InlineData("10000M")]
    [InlineData("512m")]
    [InlineData("5s")]
    public void Ordinary_text_needs_none(string text) => Assert.False(YamlValues.NeedsQuotes(text));
}
