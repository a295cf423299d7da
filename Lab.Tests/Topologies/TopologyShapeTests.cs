using SynapseLab.Catalogue;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Keys and values of the wrong kind.</summary>
public sealed class TopologyShapeTests
{
    [Fact]
    public void An_unknown_key_is_shown_with_the_nearest_known_one() =>
        Assert.Equal(["my.yaml:4: unknown key 'stream_writer' in 'hs1.test'. Did you mean 'stream_writers'?"], TopologyText.Problems("""
            homeservers:
              hs1.test:
                main: {}
                stream_writer: {}
            """));

    [Fact]
    public void An_unknown_key_like_no_other_is_shown_with_all_known_ones() =>
        Assert.Equal(["my.yaml:1: unknown key 'zzzzzz' in the topology. Known: description, synapse, packing, sockets, homeservers, proxy, postgres, limits"], TopologyText.Problems("""
            zzzzzz: 1
            homeservers: {hs1.test: {main: {}}}
            """));

    [Fact]
    public void A_topology_without_homeservers_is_refused() =>
        Assert.Equal(
            ["my.yaml:1: there is no homeserver. Add 'homeservers:' with one, for example 'hs1.test: {main: {}}'"],
            TopologyText.Problems("description: nothing\n"));

    [Fact]
    public void Homeservers_without_any_are_refused() =>
        Assert.Equal(
            ["my.yaml:1: there is no homeserver. Add one, for example 'hs1.test: {main: {}}'"],
            TopologyText.Problems("homeservers: {}\n"));

    [Fact]
    public void A_homeserver_without_main_is_refused() =>
        Assert.Equal(["my.yaml:3: the homeserver has no main process. Add 'main: {}'"], TopologyText.Problems("""
            homeservers:
              hs1.test:
                workers: {generic_worker: {role: generic_worker}}
            """));

    [Fact]
    public void Main_with_nothing_behind_it_is_enough() =>
        Assert.Single(TopologyText.Read("homeservers:\n  hs1.test:\n    main:\n").Homeservers);

    [Fact]
    public void A_worker_without_role_is_refused() =>
        Assert.Equal(["my.yaml:4: a worker without a role. Add for example 'role: generic_worker'"], TopologyText.Problems("""
            homeservers:
              hs1.test:
                main: {}
                workers: {generic_worker: {count: 2}}
            """));

    [Theory]
    [InlineData("count: two", "'count' has to be a whole number, here it is text ('two')")]
    [InlineData("count: 1.5", "'count' has to be a whole number, here it is a number ('1.5')")]
    [InlineData("count: '3'", "'count' has to be a whole number, here it is text ('3')")]
    [InlineData("count: [3]", "'count' has to be a whole number, here it is a list")]
    [InlineData("count: 0", "'count' has to be between 1 and 60, here it is 0")]
    [InlineData("count: -1", "'count' has to be between 1 and 60, here it is -1")]
    [InlineData("count: 10000", "'count' has to be between 1 and 60, here it is 10000")]
    [InlineData("limits: {cpus: many}", "'cpus' has to be a number, here it is text ('many')")]
    [InlineData("limits: {cpus: 0}", "'cpus' has to be between 0.05 and 256, here it is 0")]
    [InlineData("limits: {memory: 512}", "'memory' has to be text, here it is a number ('512')")]
    [InlineData("limits: {memory: 512MB}", "'memory' has to be a size such as 512MiB or 2GiB, here it is '512MB'")]
    [InlineData("limits: {memory: 1MiB}", "'memory' has to be at least 16MiB, here it is 1MiB")]
    [InlineData("limits: none", "'limits' has to be a mapping, here it is text ('none')")]
    public void A_value_of_the_wrong_kind_is_shown_with_its_line(string worker, string problem) =>
        Assert.Equal([$"my.yaml:5: {problem}"], TopologyText.Problems($$"""
            homeservers:
              hs1.test:
                main: {}
                workers:
                  generic_worker: {role: generic_worker, {{worker}}}
            """));

    [Fact]
    public void A_key_that_stands_twice_is_shown_with_both_lines() =>
        Assert.Equal(["my.yaml:4: 'main' stands twice, first on line 3. Remove one of them"], TopologyText.Problems("""
            homeservers:
              hs1.test:
                main: {}
                main: {}
            """));

    [Theory]
    [InlineData("HS1.test")]
    [InlineData("hs1.test:8448")]
    [InlineData("hs_1.test")]
    [InlineData("-hs1.test")]
    [InlineData("hs1..test")]
    public void A_server_name_that_is_no_host_name_is_refused(string serverName) =>
        Assert.Equal([$"my.yaml:2: a server_name has to be a host name in lower case without a port, such as hs1.test, here it is '{serverName}'"], TopologyText.Problems($"""
            homeservers:
              "{serverName}": {"{main: {}}"}
            """));

    [Theory]
    [InlineData("image: 'two words'", "'image' has to be an image reference, here it is 'two words'")]
    [InlineData("version: latest", "'version' has to be a version such as v1.160.0, here it is 'latest'")]
    public void An_image_that_cannot_be_one_is_refused(string synapse, string problem) =>
        Assert.Equal(
            [$"my.yaml:1: {problem}"],
            TopologyText.Problems($"synapse: {{{synapse}}}\nhomeservers: {{hs1.test: {{main: {{}}}}}}\n"));

    [Fact]
    public void A_version_given_twice_is_refused() =>
        Assert.Equal(
            [
                "my.yaml:1: the image 'example/synapse:v1.159.0' names a version already. "
                    + "Remove 'version', or what follows the colon in 'image'",
            ],
            TopologyText.Problems(
                "synapse: {image: 'example/synapse:v1.159.0', version: v1.160.0}\nhomeservers: {hs1.test: {main: {}}}\n"));

    [Theory]
    [InlineData("federation_inbound", "user", "its requests carry no access token. Use one of: none, source_ip, origin")]
    [InlineData("federation_inbound", "room", "its paths name no room. Use one of: none, source_ip, origin")]
    [InlineData("server_keys", "origin", "its requests carry no signature of another homeserver. Use one of: none, source_ip")]
    [InlineData("federation_reads", "user", "its requests carry no access token. Use one of: none, source_ip, room, origin")]
    [InlineData("sync", "room", "its paths name no room. Use one of: none, source_ip, user")]
    [InlineData("event_sending", "origin", "its requests carry no signature of another homeserver. Use one of: none, source_ip, user, room")]
    [InlineData("login", "user", "its requests carry no access token. Use one of: none, source_ip")]
    [InlineData("pagination", "none", "any other would be wrong, not only slower. Use one of: room")]
    [InlineData("device_lists", "source_ip", "any other would be wrong, not only slower. Use one of: user")]
    [InlineData("typing", "room", "one process serves all of it. Use one of: none")]
    [InlineData("sso", "source_ip", "one process serves all of it. Use one of: none")]
    [InlineData("admin", "user", "one process serves all of it. Use one of: none")]
    public void An_affinity_whose_key_the_requests_of_a_group_do_not_carry_is_refused_with_those_that_it_can_have(string group, string affinity, string why) =>
        Assert.Equal(
            [$"my.yaml:4: '{group}' cannot have the affinity '{affinity}': {why}"],
            TopologyText.Problems($"homeservers: {{hs1.test: {{main: {{}}}}}}\nproxy:\n  affinity:\n    {group}: {affinity}\n"));

    [Theory]
    [InlineData("default", "room")]
    [InlineData("default", "origin")]
    [InlineData("federation_reads", "room")]
    [InlineData("client_reads", "room")]
    [InlineData("typing", "none")]
    public void An_affinity_that_some_requests_of_a_group_can_have_is_taken(string group, string affinity) =>
        Assert.Equal(
            AffinityWords.FromWord(affinity),
            TopologyText.Read(
                $"homeservers: {{hs1.test: {{main: {{}}}}}}\nproxy: {{affinity: {{{group}: {affinity}}}}}\n").Proxy.Affinity[group]);

    [Fact]
    public void An_unknown_proxy_and_an_unknown_affinity_are_shown_together() =>
        Assert.Equal(
            [
                "my.yaml:2: there is no proxy 'apache'. Known: nginx, haproxy",
                "my.yaml:2: there is no affinity 'users'. Did you mean 'user'?",
            ],
            TopologyText.Problems("homeservers: {hs1.test: {main: {}}}\nproxy: {kind: apache, affinity: {sync: users}}\n"));

    [Fact]
    public void An_unknown_group_of_routes_is_shown_with_the_nearest() =>
        Assert.Equal(["my.yaml:2: there is no group of routes 'event_send'. Did you mean 'event_sending'?"],
            TopologyText.Problems("homeservers: {hs1.test: {main: {}}}\nproxy: {affinity: {default: none, event_send: room}}\n"));

    [Fact]
    public void An_option_that_the_lab_writes_is_refused_with_the_word_for_it() =>
        Assert.Equal(
            [
                "my.yaml:5: 'stream_writers' is written by the lab and cannot stand in 'options'. "
                    + "Write it beside 'options', directly under the homeserver",
                "my.yaml:6: 'listeners' is written by the lab and cannot stand in 'options'. Listeners follow from the role of each worker",
            ],
            TopologyText.Problems("""
                homeservers:
                  hs1.test:
                    main: {}
                    options:
                      stream_writers: {}
                      listeners: []
                """));

    [Fact]
    public void Limits_of_an_unknown_container_are_refused() =>
        Assert.Equal(
            ["my.yaml:1: there is no container 'postgresql'. Did you mean 'postgres'?"],
            TopologyText.Problems("limits: {postgresql: {cpus: 1}}\nhomeservers: {hs1.test: {main: {}}}\n"));
}
