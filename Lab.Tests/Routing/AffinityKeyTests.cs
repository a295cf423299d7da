using System.Net;
using SynapseLab.Catalogue;
using SynapseLab.Routing;
using Xunit;

namespace SynapseLab.Tests.Routing;

public sealed class AffinityKeyTests
{
    private const string Token = "syt_YWxpY2U_AbCdEfGhIjKlMnOpQrSt_0a1B2c";

    [Theory]
    [InlineData("/_matrix/client/v3/sync", $"Bearer {Token}", "YWxpY2U")]
    [InlineData($"/_matrix/client/v3/sync?since=s1&access_token={Token}", null, "YWxpY2U")]
    [InlineData($"/_matrix/client/v3/sync?access_token={Token}", "Bearer syt_Ym9i_AbCdEfGhIjKlMnOpQrSt_0a1B2c", "Ym9i")]
    public void A_user_is_the_localpart_in_the_token_wherever_the_token_stands(string target, string? authorization, string key) =>
        Assert.Equal(key, AffinityKey.Of(new HttpRequestLine("GET", target) { Authorization = authorization }, Affinity.User));

    [Theory]
    [InlineData("Bearer mat_abcDEF_123")]
    [InlineData("Bearer as_token_of_a_bridge")]
    public void A_token_of_unknown_format_counts_as_a_whole(string authorization) =>
        Assert.Equal(
            authorization["Bearer ".Length..],
            AffinityKey.Of(new HttpRequestLine("GET", "/_matrix/client/v3/sync") { Authorization = authorization }, Affinity.User));

    [Fact]
    public void Without_a_token_a_user_is_an_address() =>
        Assert.Equal(
            "192.0.2.7",
            AffinityKey.Of(
                new HttpRequestLine("GET", "/_matrix/client/v3/sync") { RemoteAddress = IPAddress.Parse("192.0.2.7") },
                Affinity.User));

    [Theory]
    [InlineData("/_matrix/client/v3/rooms/!abc:hs1.test/send/m.x/1", "!abc:hs1.test")]
    [InlineData("/_matrix/client/v3/rooms/%21abc%3ahs1.test/send/m.x/1", "!abc:hs1.test")]
    [InlineData("/_matrix/client/v3/rooms/%21abc%3Ahs1.test/messages?dir=b", "!abc:hs1.test")]
    [InlineData("/_matrix/client/v3/rooms/!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM/join", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM")]
    [InlineData("/_matrix/client/r0/join/%23lounge:hs1.test", "#lounge:hs1.test")]
    [InlineData("/_matrix/client/v3/user/@a:hs1.test/rooms/%21abc%3Ahs1.test/tags", "!abc:hs1.test")]
    [InlineData("/_matrix/client/v3/room_keys/keys/!abc:hs1.test/session?version=1", "!abc:hs1.test")]
    [InlineData("/_matrix/client/v1/room_summary/!abc:hs1.test", "!abc:hs1.test")]
    [InlineData("/_matrix/client/unstable/io.element.msc4306/rooms/!abc:hs1.test/thread/$e/subscription", "!abc:hs1.test")]
    [InlineData("/_matrix/federation/v1/state/%21abc%3Ahs1.test?event_id=$e", "!abc:hs1.test")]
    [InlineData("/_matrix/federation/v2/send_join/!abc:hs1.test/$e", "!abc:hs1.test")]
    [InlineData("/_matrix/federation/unstable/rooms/!abc:hs1.test/complexity", "!abc:hs1.test")]
    [InlineData("/_synapse/admin/v1/rooms/!abc:hs1.test", "!abc:hs1.test")]
    public void A_room_is_the_same_in_every_spelling_and_wherever_in_the_path_it_stands(string target, string key) =>
        Assert.Equal(key, AffinityKey.Of(new HttpRequestLine("PUT", target), Affinity.Room));

    [Theory]
    [InlineData("X-Matrix origin=\"hs2.test\",destination=\"hs1.test\",key=\"ed25519:a\",sig=\"AAAA\"", "hs2.test")]
    [InlineData("X-Matrix origin=hs2.test,key=\"ed25519:a\",sig=\"AAAA\"", "hs2.test")]
    [InlineData("X-Matrix key=\"ed25519:a\",destination=\"hs1.test\",origin=\"hs2.test:8448\",sig=\"origin=x\"", "hs2.test:8448")]
    [InlineData("X-Matrix key=\"ed25519:a\", origin=\"hs2.test\"", "hs2.test")]
    public void An_origin_is_read_out_of_the_signature_in_any_order(string authorization, string key) =>
        Assert.Equal(
            key,
            AffinityKey.Of(new HttpRequestLine("PUT", "/_matrix/federation/v1/send/1") { Authorization = authorization }, Affinity.Origin));

    [Fact]
    public void Without_a_signature_an_origin_is_an_address() =>
        Assert.Equal(
            "127.0.0.1",
            AffinityKey.Of(new HttpRequestLine("PUT", "/_matrix/federation/v1/send/1") { Authorization = "Bearer x" }, Affinity.Origin));

    [Fact]
    public void A_user_key_is_explained_by_its_localpart() =>
        Assert.Equal("YWxpY2U (user alice)", AffinityKey.Explain("YWxpY2U", Affinity.User));

    [Fact]
    public void A_key_that_is_no_localpart_is_left_alone() =>
        Assert.Equal("mat_abc", AffinityKey.Explain("mat_abc", Affinity.User));
}
