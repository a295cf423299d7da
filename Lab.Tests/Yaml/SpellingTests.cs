using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Yaml;

public sealed class SpellingTests
{
    private static readonly string[] Words = ["receipts", "typing", "to_device"];

    [Theory]
    [InlineData("receipt", "receipts")]
    [InlineData("recepits", "receipts")]
    [InlineData("Typing", "typing")]
    [InlineData("todevice", "to_device")]
    public void A_slip_finds_its_word(string slip, string word) => Assert.Equal(word, Spelling.Nearest(slip, Words));

    [Theory]
    [InlineData("presence")]
    [InlineData("x")]
    public void Another_word_finds_none(string word) => Assert.Null(Spelling.Nearest(word, Words));
}
