using System.Text;
using System.Text.RegularExpressions;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>
/// How images are pulled: by set-up, for a topology that names one, and for a program that has the lab as a package. From a real registry,
/// over good lines and bad ones.
/// </summary>
[Trait("Lab", "engine")]
public sealed class PullTests(LoopbackRegistry registry) : IClassFixture<LoopbackRegistry>, IAsyncLifetime
{
    private const string Redis = "library/redis:8";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));
    private readonly SetUpCheckout _checkout = new();
    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly TemporaryFolder _docker = new();
    private readonly List<RegistryRelay> _relays = [];
    private readonly List<string> _said = [];

    public Task InitializeAsync() => Task.CompletedTask;

    // What was pulled goes: the next test pulls it again.
    public async Task DisposeAsync()
    {
        var ours = new[] { registry.ForAll, registry.ForUsers }
            .Concat(_relays.Select(relay => relay.Address))
            .SelectMany(address => new[] { "--filter", $"reference={address}/*/*" });
        var pulled = await DockerCommand.RunAsync(CancellationToken.None, ["image", "ls", "--quiet", .. ours]);
        if (pulled.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray() is { Length: > 0 } images)
        {
            await DockerCommand.RunAsync(CancellationToken.None, ["image", "rm", "--force", .. images]);
        }

        _relays.ForEach(relay => relay.Dispose());
        _engine.Dispose();
        _checkout.Dispose();
        _docker.Dispose();
        _limit.Dispose();
    }

    [RegistryFact]
    public async Task Set_up_takes_all_images_from_the_registry_that_is_named_and_records_that()
    {
        var (exitCode, said) = await _checkout.SetUpAsync(
            _limit.Token,
            [.. LoopbackRegistry.Names.Select(name => $"LAB_IMAGE_{name.Key}={registry.ForAll}/{name.Value}"), "LAB_IMAGES=registry"]);

        Assert.Equal(ExitCodes.Fine, exitCode);
        Assert.Equal(5, said.Split('\n').Count(line => Regex.IsMatch(line, "^setup: image .*: pulled in ")));
        Assert.Equal(($"{registry.ForAll}/matrixdotorg/synapse:v1.160.0", "registry", "1.160.0"), _checkout.Recorded("synapse"));
        Assert.Equal(($"{registry.ForAll}/{Redis}", "registry", "8"), _checkout.Recorded("redis"));
    }

    [RegistryFact]
    public async Task An_image_is_taken_by_its_digest()
    {
        var reference = $"{registry.ForAll}/library/redis@{registry.DigestOf(Redis)}";

        Assert.Equal(ExitCodes.Fine, (await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={reference}")).ExitCode);
        Assert.Equal((reference, "registry", "unknown"), _checkout.Recorded("redis"));
        Assert.Equal((ExitCodes.Fine, ""), await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={reference}"));
    }

    [RegistryFact]
    public async Task A_registry_with_a_password_is_asked_with_the_docker_command_s_login_and_without_the_right_one_set_up_says_to_log_in()
    {
        var reference = $"{registry.ForUsers}/{Redis}";

        foreach (var (login, words) in new[] { (null, "no basic auth credentials"), ("wrong", "unauthorized: authentication required") })
        {
            var (exitCode, said) = await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={reference}", DockerConfig(login));

            Assert.Equal(ExitCodes.WrongUse, exitCode);
            Assert.Contains(
                $"error: image {reference} cannot be pulled: {registry.ForUsers} refuses {reference}: no login, or a wrong one (",
                said,
                StringComparison.Ordinal);
            Assert.Contains(words, said, StringComparison.Ordinal);
            Assert.Contains(
                $"       Log in: docker login {registry.ForUsers}, then run the same command again\n",
                said,
                StringComparison.Ordinal);
            Assert.DoesNotContain(
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{LoopbackRegistry.User}:{login}")),
                said,
                StringComparison.Ordinal);
        }

        Assert.Equal(
            ExitCodes.Fine,
            (await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={reference}", DockerConfig(LoopbackRegistry.Password))).ExitCode);
        Assert.Equal((reference, "registry", "8"), _checkout.Recorded("redis"));
    }

    [RegistryFact]
    public async Task While_a_slow_registry_sends_set_up_says_how_far_it_is_and_Ctrl_C_ends_it_and_the_pull()
    {
        var relay = Relay(RegistryRelay.SilentAfter(registry.Port, LoopbackRegistry.LayerBytes / 2));
        using var setUp = _checkout.Start($"LAB_IMAGE_REDIS={relay.Address}/{Redis}");

        await setUp.SaysAsync($"^setup: image {relay.Address}/{Redis}: 0 of 1 layers, 1\\.[345] of 3\\.0 MB after [0-9]+ s$", _limit.Token);
        await setUp.InterruptAsync(_limit.Token);

        Assert.NotEqual(ExitCodes.Fine, (await setUp.EndAsync(_limit.Token)).ExitCode);
        await GivenUpAsync(relay);
        Assert.Null(await _engine.ImageAsync($"{relay.Address}/{Redis}", _limit.Token));
    }

    [RegistryFact]
    public async Task A_registry_that_stops_sending_is_given_up_and_set_up_says_what_had_come_and_how_to_wait_longer()
    {
        var relay = Relay(RegistryRelay.SilentAfter(registry.Port, LoopbackRegistry.LayerBytes / 2));

        var (exitCode, said) = await _checkout.SetUpAsync(
            _limit.Token,
            $"LAB_IMAGE_REDIS={relay.Address}/{Redis}",
            "LAB_REGISTRY_STALL=10",
            "LAB_REGISTRY_DEADLINE=60");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Matches(
            $"error: image {relay.Address}/{Redis} cannot be pulled: {relay.Address} stopped sending: "
                + "nothing more came for 10 s \\(0 of 1 layers, 1\\.[345] of 3\\.0 MB\\)",
            said);
        Assert.Contains("or wait longer: LAB_REGISTRY_STALL=", said, StringComparison.Ordinal);
        await GivenUpAsync(relay);
    }

    [RegistryFact]
    public async Task A_registry_that_does_not_answer_at_all_is_given_up_sooner()
    {
        var relay = Relay(RegistryRelay.SilentAfter(registry.Port, 0));

        var (exitCode, said) = await _checkout.SetUpAsync(
            _limit.Token,
            $"LAB_IMAGE_REDIS={relay.Address}/{Redis}",
            "LAB_REGISTRY_DEADLINE=1");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains(
            $"error: image {relay.Address}/{Redis} cannot be pulled: {relay.Address}: no answer within 1 s",
            said,
            StringComparison.Ordinal);
    }

    [RegistryFact]
    public async Task A_line_that_breaks_in_the_middle_of_a_layer_is_told_and_the_engine_goes_on_when_it_holds_again()
    {
        var relay = Relay(RegistryRelay.BreaksAfter(registry.Port, LoopbackRegistry.LayerBytes / 2));
        using var setUp = _checkout.Start($"LAB_IMAGE_REDIS={relay.Address}/{Redis}");

        await setUp.SaysAsync("the connection broke: retrying in [0-9]+ second", _limit.Token);
        relay.Heal();

        Assert.Equal(ExitCodes.Fine, (await setUp.EndAsync(_limit.Token)).ExitCode);
        Assert.Equal(($"{relay.Address}/{Redis}", "registry", "8"), _checkout.Recorded("redis"));
    }

    [RegistryFact]
    public async Task A_registry_that_breaks_off_is_told_as_such_and_the_next_try_works()
    {
        // Within the manifest, which the engine does not ask for again; of a layer it does so for over a minute, and then says the same.
        var relay = Relay(RegistryRelay.BreaksAfter(registry.Port, 200));

        var (exitCode, said) = await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={relay.Address}/{Redis}");
        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Matches(
            $"error: image {relay.Address}/{Redis} cannot be pulled: {relay.Address} broke off in the middle \\(.*EOF\\)\n"
                + " +Run the same command again",
            said);

        relay.Heal();
        Assert.Equal(ExitCodes.Fine, (await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={relay.Address}/{Redis}")).ExitCode);
    }

    [RegistryFact]
    public async Task Of_an_image_that_the_registry_lacks_set_up_says_which_and_where_and_what_to_do()
    {
        foreach (var lacking in new[] { "library/valkey:8", "library/redis:7", $"library/redis@sha256:{new string('0', 64)}" })
        {
            var reference = $"{registry.ForAll}/{lacking}";

            var (exitCode, said) = await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={reference}");

            Assert.Equal(ExitCodes.WrongUse, exitCode);
            Assert.Equal(
                $"error: image {reference} cannot be pulled: {registry.ForAll} has no image {reference}\n"
                + "       Check name and tag, or push it there, then run the same command again\n"
                + "       or unset LAB_IMAGE_REDIS to take the lab's own choice",
                WithoutProgress(said));
        }
    }

    [RegistryFact]
    public async Task What_is_no_name_of_an_image_is_told_as_such()
    {
        var (exitCode, said) = await _checkout.SetUpAsync(_limit.Token, $"LAB_IMAGE_REDIS={registry.ForAll}/Redis:8");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains($"{registry.ForAll}/Redis:8 is no name of an image (invalid reference format", said, StringComparison.Ordinal);
    }

    [RegistryFact]
    public async Task A_topology_s_image_is_pulled_by_tag_and_by_digest_and_one_that_is_nowhere_is_told_with_place_and_remedy()
    {
        // Without a checkout, so that the images of the machine are those named here.
        var repository = $"{registry.ForAll}/matrixdotorg/synapse";
        foreach (var synapse in new[] { $"{repository}:v1.160.0", $"{repository}@{registry.DigestOf("matrixdotorg/synapse:v1.160.0")}" })
        {
            var images = await Package().ForLabAsync(synapse, _said.Add, _limit.Token);

            Assert.Equal(synapse, images.Synapse);
            Assert.NotNull(await _engine.ImageAsync(synapse, _limit.Token));
        }

        var nowhere = $"{registry.ForAll}/matrixdotorg/synapse:v0.1";
        var refused = await Assert.ThrowsAsync<LabException>(() => Package().ForLabAsync(nowhere, _said.Add, _limit.Token));
        Assert.Equal(ExitCodes.WrongUse, refused.ExitCode);
        Assert.Equal(
            $"image {nowhere}, which the topology asks for, is not on this machine and can't be pulled: "
                + $"{registry.ForAll} has no image {nowhere}. "
            + "Check name and tag, or push it there, then run the same command again; "
            + "or leave synapse.image and synapse.version out to take the machine's own, see ./lab doctor",
            Assert.Single(refused.Problems).ToString());
    }

    [RegistryFact]
    public async Task A_program_without_a_checkout_pulls_what_the_environment_names_and_is_told_of_each_that_cannot_be_had()
    {
        var images = await Package().ForLabAsync(null, _said.Add, _limit.Token);

        Assert.Equal(
            new ImageSet(
                $"{registry.ForAll}/matrixdotorg/synapse:v1.160.0", $"{registry.ForAll}/library/postgres:18", $"{registry.ForAll}/{Redis}",
                $"{registry.ForAll}/library/nginx:1.30", $"{registry.ForAll}/library/haproxy:3.2"),
            images);
        Assert.Contains(_said, line => line.StartsWith($"image {images.Haproxy}: pulled in ", StringComparison.Ordinal));

        var elsewhere = await Assert.ThrowsAsync<LabException>(() =>
            Package(name => $"{registry.ForAll}/none/{name.ToLowerInvariant()}").ForLabAsync(null, _said.Add, _limit.Token));
        Assert.Equal(5, elsewhere.Problems.Count);
        Assert.All(elsewhere.Problems, problem => Assert.Contains("LAB_IMAGE_SYNAPSE", problem.Fix, StringComparison.Ordinal));
    }

    [RegistryFact]
    public async Task Whoever_cancels_ends_the_pull()
    {
        var relay = Relay(RegistryRelay.SilentAfter(registry.Port, LoopbackRegistry.LayerBytes / 2));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var pull = new ImagePull(_engine.Socket).PullAsync([$"{relay.Address}/{Redis}"], _ => { }, cancel.Token);

        await relay.Stopped.WaitAsync(_limit.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        await GivenUpAsync(relay);
    }

    // The engine sees that nobody wants a layer any more when it has something more of it (moby, pkg/ioutils/readers.go,
    // NewCancelReadCloser); one that goes on would take it all.
    private async Task GivenUpAsync(RegistryRelay relay)
    {
        relay.Heal();
        await relay.Left.WaitAsync(TimeSpan.FromSeconds(30), _limit.Token);
    }

    // "setup: image 127.0.0.1:35677/library/redis:7: no answer yet after 2 s", where the machine is busy.
    private static string WithoutProgress(string said) =>
        string.Join('\n', said.Split('\n').Where(line => !line.StartsWith("setup: image ", StringComparison.Ordinal)));

    private RegistryRelay Relay(RegistryRelay relay)
    {
        _relays.Add(relay);
        return relay;
    }

    private MachineImages Package(Func<string, string>? names = null) =>
        new(new LabRoot(_docker.Path), _engine, variable =>
            (names ?? (name => $"{registry.ForAll}/{LoopbackRegistry.Names[name]}"))(variable["LAB_IMAGE_".Length..]));

    // {"auths": {"127.0.0.1:35001": {"auth": "<base64 of user:password>"}}}
    private string DockerConfig(string? password)
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{LoopbackRegistry.User}:{password}"));
        var auth = password is null ? "" : $"\"{registry.ForUsers}\": {{\"auth\": \"{credentials}\"}}";
        File.WriteAllText(_docker.File("config.json"), $"{{\"auths\": {{{auth}}}}}");
        return $"DOCKER_CONFIG={_docker.Path}";
    }
}
