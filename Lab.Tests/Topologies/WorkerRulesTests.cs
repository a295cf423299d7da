using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Synapse's rules about workers, on files whose shape is right.</summary>
public sealed class WorkerRulesTests
{
    private static IReadOnlyList<string> Problems(string homeserver, string top = "") =>
        TopologyText.Problems(top + "homeservers:\n  hs1.test:\n    main: {}\n" + homeserver);

    [Fact]
    public void A_group_with_a_count_becomes_numbered_workers_and_one_without_keeps_its_name()
    {
        var workers = TopologyText.Read("""
            homeservers:
              hs1.test:
                main: {}
                workers:
                  generic_worker: {role: generic_worker, count: 2}
                  sync1: {role: synchrotron}
            """).Homeservers[0].Workers;
        Assert.Equal(["generic_worker1", "generic_worker2", "sync1"], workers.Select(worker => worker.Name));
        Assert.Equal(["generic_worker", "generic_worker", "sync1"], workers.Select(worker => worker.Group));
    }

    [Fact]
    public void An_unknown_role_is_shown_with_the_nearest() =>
        Assert.Equal(
            ["my.yaml:5: there is no role 'generic_workers'. Did you mean 'generic_worker'?"],
            Problems("    workers:\n      a: {role: generic_workers}\n"));

    [Theory]
    [InlineData("Generic")]
    [InlineData("1worker")]
    [InlineData("worker_")]
    [InlineData("wörker")]
    public void A_name_that_no_host_can_have_is_refused(string name) =>
        Assert.Equal(
            [
                "my.yaml:5: a name of a worker has to be 1 to 40 of a-z, 0-9, _ and -, beginning with a letter and ending with a letter "
                    + $"or digit, so that a host name can be made of it, here it is '{name}'",
            ],
            Problems($"    workers:\n      {name}: {{role: generic_worker}}\n"));

    [Theory]
    [InlineData("main")]
    [InlineData("master")]
    [InlineData("redis")]
    public void A_name_that_belongs_to_the_lab_is_refused(string name) =>
        Assert.Equal(
            [$"my.yaml:5: the name '{name}' belongs to the lab. Give the worker another name"],
            Problems($"    workers:\n      {name}: {{role: generic_worker}}\n"));

    [Fact]
    public void Two_workers_of_one_name_are_refused() =>
        Assert.Equal(["my.yaml:6: there are two workers 'a1', the other is declared on line 5. Rename one of them"], Problems("""
                workers:
                  a1: {role: generic_worker}
                  a: {role: generic_worker, count: 2}
            """));

    [Fact]
    public void Two_workers_of_one_host_name_are_refused() =>
        Assert.Equal(["my.yaml:6: 'a_b' and 'a-b' on line 5 would have the same host name. Rename one of them"], Problems("""
                workers:
                  a-b: {role: generic_worker}
                  a_b: {role: generic_worker}
            """));

    [Fact]
    public void More_workers_than_the_limit_are_refused_with_the_limit() =>
        Assert.Equal(["my.yaml:6: a homeserver has at most 60 workers, hs1.test has 80. Lower some 'count'"], Problems("""
                workers:
                  a: {role: generic_worker, count: 40}
                  b: {role: generic_worker, count: 40}
            """));

    [Fact]
    public void Two_homeservers_of_one_short_name_are_refused() =>
        Assert.Equal(["my.yaml:3: 'hs1.other' and 'hs1.test' on line 2 have the same short name 'hs1'. Let their first labels differ"],
            TopologyText.Problems("homeservers:\n  hs1.test: {main: {}}\n  hs1.other: {main: {}}\n"));

    [Fact]
    public void A_short_name_that_belongs_to_a_container_is_refused() =>
        Assert.Equal(
            [
                "my.yaml:2: the short name 'postgres' belongs to a container of the lab. "
                    + "Let the server_name begin with another word, such as hs1",
            ],
            TopologyText.Problems("homeservers:\n  postgres.test: {main: {}}\n"));

    [Fact]
    public void An_unknown_stream_is_shown_with_the_nearest() =>
        Assert.Equal(["my.yaml:7: there is no stream 'receipt'. Did you mean 'receipts'?"], Problems("""
                workers: {writer: {role: stream_writer}}
                stream_writers:
                  typing: writer
                  receipt: writer
            """));

    [Fact]
    public void A_stream_writer_that_does_not_exist_is_shown_with_the_nearest() =>
        Assert.Equal(["my.yaml:5: 'typing' names 'writer2', and there is no such worker. Did you mean 'writer'?"], Problems("""
                workers: {writer: {role: stream_writer, count: 1}}
                stream_writers: {receipts: writer, typing: writer2}
            """));

    [Theory]
    [InlineData("typing")]
    [InlineData("to_device")]
    [InlineData("account_data")]
    [InlineData("presence")]
    [InlineData("push_rules")]
    public void Two_writers_for_a_stream_that_takes_one_are_refused(string stream) =>
        Assert.Equal([$"my.yaml:5: stream '{stream}' takes exactly one writer, here are 2: writer1, writer2. Name one of them"], Problems($$"""
                workers: {writer: {role: stream_writer, count: 2} }
                stream_writers: { {{stream}}: writer }
            """));

    [Theory]
    [InlineData("receipts")]
    [InlineData("device_lists")]
    [InlineData("thread_subscriptions")]
    [InlineData("quarantined_media_changes")]
    public void Two_writers_for_a_stream_that_takes_many_are_kept_in_order(string stream) =>
        Assert.Equal(["writer2", "writer1"], TopologyText.Read($$"""
            homeservers:
              hs1.test:
                main: {}
                workers: {writer: {role: stream_writer, count: 2} }
                stream_writers: { {{stream}}: [writer2, writer1] }
            """).Homeservers[0].StreamWriters[stream]);

    [Fact]
    public void A_stream_without_a_writer_is_refused() =>
        Assert.Equal(
            ["my.yaml:4: stream 'typing' has no writer. Name a worker, or remove the key for the main process to write it"],
            Problems("    stream_writers: {typing: []}\n"));

    [Fact]
    public void A_writer_named_twice_is_refused() =>
        Assert.Equal(["my.yaml:5: 'receipts' names 'writer1' twice. Remove one of them"], Problems("""
                workers: {writer: {role: stream_writer, count: 1}}
                stream_writers: {receipts: [writer, writer1]}
            """));

    [Fact]
    public void Main_may_write_beside_workers() =>
        Assert.Equal(["main", "writer"], TopologyText.Read("""
            homeservers:
              hs1.test:
                main: {}
                workers: {writer: {role: stream_writer}}
                stream_writers: {receipts: [main, writer]}
            """).Homeservers[0].StreamWriters["receipts"]);

    [Fact]
    public void Main_is_not_called_master() =>
        Assert.Equal(
            ["my.yaml:4: the main process is called 'main' here; the lab writes 'master' where Synapse wants that. Write 'main'"],
            Problems("    stream_writers: {typing: master}\n"));

    [Fact]
    public void A_writer_without_replication_listener_is_refused() =>
        Assert.Equal(["my.yaml:5: 'a' cannot write 'events': role generic_worker has no replication listener. Give it 'role: event_persister'"], Problems("""
                workers: {a: {role: generic_worker}}
                stream_writers: {events: a}
            """));

    [Fact]
    public void A_writer_that_clients_cannot_reach_is_refused_where_they_have_to() =>
        Assert.Equal(["my.yaml:5: 'persister' cannot write 'typing': requests for it have to reach the writer, and role event_persister serves no clients. Give it 'role: stream_writer'"], Problems("""
                workers: {persister: {role: event_persister}}
                stream_writers: {events: persister, typing: persister}
            """));

    [Theory]
    [InlineData("event_persister", "role event_persister has to be named in 'stream_writers.events'. Add 'events: idle' under 'stream_writers', or remove the worker")]
    [InlineData("stream_writer", "role stream_writer has to be named in 'stream_writers'. Add 'idle' to a stream under 'stream_writers', for example 'receipts: idle', or remove the worker")]
    [InlineData("federation_sender", "role federation_sender has to be named in 'federation_sender_instances'. Add 'federation_sender_instances: idle', or remove the worker")]
    [InlineData("pusher", "role pusher has to be named in 'pusher_instances'. Add 'pusher_instances: idle', or remove the worker")]
    [InlineData("background_worker", "role background_worker has to be named in 'run_background_tasks_on'. Add 'run_background_tasks_on: idle', or remove the worker")]
    [InlineData("user_dir", "role user_dir has to be named in 'update_user_directory_from_worker'. Add 'update_user_directory_from_worker: idle', or remove the worker")]
    [InlineData("appservice", "role appservice has to be named in 'notify_appservices_from_worker'. Add 'notify_appservices_from_worker: idle', or remove the worker")]
    public void A_worker_that_would_do_nothing_is_shown(string role, string problem) =>
        Assert.Equal([$"my.yaml:5: 'idle' would do nothing: {problem}"], Problems($"    workers:\n      idle: {{role: {role}}}\n"));

    [Fact]
    public void A_federation_sender_that_is_not_listed_is_shown_beside_one_that_is() =>
        Assert.Equal(
            [
                "my.yaml:4: 'sender2' would do nothing: role federation_sender has to be named in 'federation_sender_instances'. "
                    + "Add 'federation_sender_instances: sender', or remove the worker",
            ],
            Problems("    workers: {sender: {role: federation_sender, count: 2}}\n    federation_sender_instances: sender1\n"));

    [Theory]
    [InlineData("federation_sender_instances", "nothing would be sent to other homeservers")]
    [InlineData("pusher_instances", "no push notification would be sent")]
    public void A_list_that_names_nobody_is_refused(string option, string consequence) =>
        Assert.Equal(
            [$"my.yaml:4: '{option}' names nobody: {consequence}. Name workers, or remove the key for the main process to do it"],
            Problems($"    {option}: []\n"));

    [Fact]
    public void A_task_for_one_worker_is_not_given_to_a_group() =>
        Assert.Equal(
            [
                "my.yaml:4: 'bg1', 'bg2' would do nothing: role background_worker has to be named in 'run_background_tasks_on'. "
                    + "Add 'run_background_tasks_on: bg', or remove the worker",
                "my.yaml:5: 'run_background_tasks_on' takes exactly one worker, 'bg' stands for 2. Name one of bg1, bg2",
            ],
            Problems("    workers: {bg: {role: background_worker, count: 2}}\n    run_background_tasks_on: bg\n"));

    [Fact]
    public void Outbound_federation_is_not_restricted_to_main() =>
        Assert.Equal(
            [
                "my.yaml:4: 'outbound_federation_restricted_to' takes workers only, Synapse does not accept the main process there. "
                    + "Name a worker, for example one with 'role: federation_sender'",
            ],
            Problems("    outbound_federation_restricted_to: main\n"));

    [Fact]
    public void With_two_media_repositories_one_has_to_clean_up() =>
        Assert.Equal(
            [
                "my.yaml:4: there are 2 media repositories, and none is named to clean up. "
                    + "Add 'media_instance_running_background_jobs: media1'",
            ],
            Problems("    workers: {media: {role: media_repository, count: 2}}\n"));

    [Fact]
    public void Only_a_media_repository_cleans_up() =>
        Assert.Equal(
            ["my.yaml:5: 'a' is no media repository. Name a worker with 'role: media_repository'"],
            Problems("    workers: {a: {role: generic_worker}}\n    media_instance_running_background_jobs: a\n"));

    [Fact]
    public void A_worker_in_a_shared_container_has_no_limits_of_its_own() =>
        Assert.Equal(
            [
                "my.yaml:5: a worker cannot have limits of its own with 'packing: one-container'. "
                    + "Limit the container under 'main', or use 'packing: separate'",
            ],
            Problems("    workers: {a: {role: generic_worker, limits: {cpus: 1}}}\n", "packing: one-container\n"));

    [Fact]
    public void All_problems_are_shown_at_once_from_top_to_bottom() =>
        Assert.Equal(
            [2, 3, 6, 8, 9, 10],
            ManyProblems().Select(problem => int.Parse(problem.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)));

    private static IReadOnlyList<string> ManyProblems() => TopologyText.Problems("""
        description: many things are wrong
        packing: tight
        proxxy: {}
        homeservers:
          hs1.test:
            workers:
              generic_worker: {role: generic_worker, count: 3}
              sender: {role: federation_sender}
              other: {role: othr}
            stream_writers: {typing: nobody}
        """);
}
