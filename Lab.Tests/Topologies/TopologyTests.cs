using SynapseLab.Catalogue;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>What a valid file says.</summary>
public sealed class TopologyTests
{
    [Fact]
    public void Everything_that_can_be_written_is_read()
    {
        var topology = TopologyText.Read("""
            description: Everything.
            synapse: {version: 1.159.0}
            packing: one-container
            homeservers:
              hs1.test:
                main: {limits: {cpus: 1, memory: 512MiB}}
                workers:
                  sender: {role: federation_sender, count: 2}
                  pusher: {role: pusher}
                  bg: {role: background_worker}
                  as: {role: appservice}
                  ud: {role: user_dir}
                  media: {role: media_repository}
                federation_sender_instances: [sender2, sender1]
                pusher_instances: pusher
                outbound_federation_restricted_to: sender
                run_background_tasks_on: bg
                notify_appservices_from_worker: as
                update_user_directory_from_worker: ud
                media_instance_running_background_jobs: media
                options: {presence: {enabled: yes}, user_agent_suffix: lab, limit_remote_rooms: {complexity: 0.5}, admin_contact: ~, exclude_rooms_from_sync: ['!a:hs1.test']}
            proxy: {kind: haproxy, affinity: {default: none, sync: user, event_sending: room}}
            limits: {postgres: {memory: 2GiB}, redis: {cpus: 0.5}}
            """);
        var homeserver = Assert.Single(topology.Homeservers);
        Assert.Equal("matrixdotorg/synapse:v1.159.0", topology.SynapseImage);
        Assert.Equal(Packing.OneContainer, topology.Packing);
        Assert.Equal(new Limits(1, 512L << 20), homeserver.MainLimits);
        Assert.Equal(["sender2", "sender1"], homeserver.FederationSenderInstances);
        Assert.Equal(["pusher"], homeserver.PusherInstances);
        Assert.Equal(["sender1", "sender2"], homeserver.OutboundFederationRestrictedTo);
        Assert.Equal("bg", homeserver.RunBackgroundTasksOn);
        Assert.Equal("as", homeserver.NotifyAppservicesFromWorker);
        Assert.Equal("ud", homeserver.UpdateUserDirectoryFromWorker);
        Assert.Equal("media", homeserver.MediaInstanceRunningBackgroundJobs);
        Assert.Equal(true, ((IReadOnlyDictionary<string, object?>)homeserver.Options["presence"]!)["enabled"]);
        Assert.Equal("lab", homeserver.Options["user_agent_suffix"]);
        Assert.Equal(0.5, ((IReadOnlyDictionary<string, object?>)homeserver.Options["limit_remote_rooms"]!)["complexity"]);
        Assert.Null(homeserver.Options["admin_contact"]);
        Assert.Equal(["!a:hs1.test"], (IReadOnlyList<object?>)homeserver.Options["exclude_rooms_from_sync"]!);
        Assert.Equal("haproxy", topology.Proxy.Kind);
        Assert.Equal(Affinity.Room, topology.Proxy.Affinity["event_sending"]);
        Assert.Equal(new Limits(null, 2L << 30), topology.Limits["postgres"]);
        Assert.Equal(new Limits(0.5), topology.Limits["redis"]);
    }

    [Fact]
    public void Without_further_words_there_is_nginx_and_main_does_everything()
    {
        var topology = TopologyText.Read("homeservers: {hs1.test: {main: {}}}");
        Assert.Equal("my", topology.Name);
        Assert.Equal("nginx", topology.Proxy.Kind);
        Assert.Null(topology.SynapseImage);
        Assert.Empty(topology.Homeservers[0].Workers);
        Assert.Empty(topology.Homeservers[0].StreamWriters);
        Assert.Empty(topology.Homeservers[0].FederationSenderInstances);
    }

    [Theory]
    [InlineData("{image: example/synapse}", "example/synapse")]
    [InlineData("{image: 'registry.example:5000/synapse', version: v1.160.0}", "registry.example:5000/synapse:v1.160.0")]
    [InlineData("{version: v1.160.0}", "matrixdotorg/synapse:v1.160.0")]
    public void The_image_is_put_together_from_name_and_version(string synapse, string image) =>
        Assert.Equal(image, TopologyText.Read($"synapse: {synapse}\nhomeservers: {{hs1.test: {{main: {{}}}}}}").SynapseImage);
}
