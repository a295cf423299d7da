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
    [InlineData("device", "to_device")]
    public void A_slip_finds_its_word(string slip, string word) => Assert.Equal(word, Spelling.Nearest(slip, Words));

    [Theory]
    [InlineData("presence")]
    [InlineData("x")]
    [InlineData("ip")]
    public void Another_word_finds_none(string word) => Assert.Null(Spelling.Nearest(word, Words));

    [Fact]
    public void A_piece_of_several_words_finds_none() => Assert.Null(Spelling.Nearest("worker", ["generic_worker", "room_worker"]));

    [Fact]
    public void Where_words_look_alike_all_are_named_beside_the_nearest() =>
        Assert.Equal("Did you mean 'worker1'? It has worker1, worker2", Spelling.SuggestAmong("worker9", ["worker1", "worker2"], "It has"));
}
