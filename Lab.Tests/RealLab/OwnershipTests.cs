using System.Net;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.Containers;
using SynapseLab.Tests.Runtimes.Engine;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Two checkouts on one machine, each a folder of the test's: what is another's, or another version's, is left alone and told.
/// </summary>
[Trait("Lab", "engine")]
public sealed class OwnershipTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _name = $"owner-{Guid.NewGuid():n}"[..16];
    private readonly TemporaryFolder _temporary = new();
    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly LabRoot _mine;
    private readonly LabRoot _theirs;
    private readonly LabCommandLine _lab;

    public OwnershipTests()
    {
        _mine = Checkout("mine");
        _theirs = Checkout("theirs");
        _lab = new LabCommandLine { Root = () => _mine, CreateEngine = DockerEngine.OfThisMachine };
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var root in new[] { _mine, _theirs })
        {
            await Cleaner().RemoveAsync(_name, root.Lab(_name), None);
        }

        _engine.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task Only_what_says_that_it_is_of_the_folder_is_removed_be_it_container_network_or_volume()
    {
        await MakeAsync(_mine, "mine");
        await MakeAsync(_theirs, "theirs");

        Assert.True(await Cleaner().RemoveAsync(_name, _mine.Lab(_name), None));

        Assert.Equal(["theirs"], (await LeftAsync()).Distinct());
        Assert.Equal(3, (await LeftAsync()).Count);
    }

    [Fact]
    public async Task Down_with_an_old_folder_removes_that_and_leaves_the_lab_of_another_checkout_and_says_so()
    {
        _mine.Lab(_name).Create();
        await MakeAsync(_theirs, "theirs");

        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync($"down {_name}"));

        Assert.Contains($"a lab {_name} of another checkout stays: {_theirs.Lab(_name).Path}", _lab.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_mine.Lab(_name).Path));
        Assert.Equal(3, (await LeftAsync()).Count);
    }

    [Theory]
    [InlineData("down NAME", "lab 'NAME' is another checkout's. Take it down where it was started")]
    [InlineData("up monolith --detach --name NAME", "a lab 'NAME' of another checkout is on this machine")]
    [InlineData("status --name NAME", "no lab 'NAME' of this checkout is running, but one of ")]
    public async Task A_lab_of_another_checkout_is_told_with_its_folder_and_stays(string words, string problem)
    {
        await MakeAsync(_theirs, "theirs");

        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync(words.Replace("NAME", _name, StringComparison.Ordinal)));

        Assert.Contains(problem.Replace("NAME", _name, StringComparison.Ordinal), _lab.Error, StringComparison.Ordinal);
        Assert.Contains(_theirs.Lab(_name).Path, _lab.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await LeftAsync()).Count);
    }

    [Fact]
    public async Task A_running_lab_that_another_version_started_is_refused_with_what_to_do_and_stays_until_it_is_taken_down()
    {
        await MakeAsync(_mine, "mine");
        _mine.Lab(_name).Create();
        await File.WriteAllTextAsync(_mine.Lab(_name).File(LabState.FileName), """{"Phase": "Running", "Written": "by a later version"}""");

        foreach (var words in new[] { $"up monolith --detach --name {_name}", $"status --name {_name}" })
        {
            Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync(words));
        }

        var told = $"lab '{_name}' was started by another version of the lab, which this one can't read. "
            + $"Go on with that version, or take the lab down: ./lab down {_name}";
        Assert.Equal(2, _lab.Error.Split(told).Length - 1);
        Assert.Equal(3, (await LeftAsync()).Count);
        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync($"down {_name}"));
        Assert.Empty(await LeftAsync());
    }

    [Fact]
    public async Task Two_checkouts_that_start_labs_at_the_same_time_choose_different_ports()
    {
        var topology = new TopologyLibrary(_mine.Topologies).Load("monolith");
        var planner = new PortPlanner(_engine, new ProcessTable());
        using var mine = new PortClaims();
        using var theirs = new PortClaims();

        var one = await planner.ChooseAsync(topology, null, [], mine, _ => { }, None);
        var other = await planner.ChooseAsync(topology, null, [], theirs, _ => { }, None);

        Assert.NotEqual(one.Client, other.Client);
        var refused = await Assert.ThrowsAsync<LabException>(() =>
            planner.ChooseAsync(topology, one.Client - PortPlan.Default.Client, [], theirs, _ => { }, None));
        Assert.Contains(
            $"127.0.0.1:{one.Client}: the port is taken by a lab that is just being started",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_prepared_slows_the_start_and_does_not_fail_it_nor_does_a_clean_up_that_fails()
    {
        var images = await new MachineImages(_mine, _engine).ForLabAsync(null, _ => { }, None);
        var refused = new EngineException(HttpStatusCode.InternalServerError, "no space left", "POST /commit");
        var (looks, removals) = (0, 0);
        var engine = FaultyEngine.Of(_engine, (method, arguments) => method switch
        {
            // None is there yet.
            "ImageAsync" when ((string)arguments[0]!).StartsWith(PreparedDatabase.Repository, StringComparison.Ordinal) =>
                Task.FromResult<ImageDetails?>(null),
            // Nobody need wait for Postgres.
            "InspectAsync" => ++looks == 1 ? Task.FromResult<ContainerDetails?>(null) : throw refused,
            // The first is of remains, the second the clean-up.
            "RemoveNetworkAsync" when ++removals == 2 => throw refused,
            _ => null,
        });
        var said = new List<string>();
        try
        {
            Assert.Null(await new PreparedDatabase(_mine, engine, new Waiter(TimeProvider.System)).ForLabAsync(images, said.Add, None));

            Assert.Equal(
                [
                    "what prepared the database could not be removed: the container engine says: no space left",
                    "no prepared database: the container engine says: no space left. This lab starts slower, from an empty one",
                ],
                said[^2..]);
        }
        finally
        {
            await _engine.RemoveNetworkAsync($"synapse-lab-prepare-{images.Synapse.Split(':')[1]}", None);
        }
    }

    // A lab as far as labels go: a container that runs, a network and a volume.
    private async Task MakeAsync(LabRoot root, string whose)
    {
        var name = $"{_name}-{whose}";
        var labels = new Dictionary<string, string> { [LabLabels.Name] = _name, [LabLabels.Folder] = root.Lab(_name).Path };
        var own = await OwnContainers.OnThisMachineAsync(None);
        await own.NewNetwork(name).WithLabel(labels).Build().CreateAsync(None);
        await own.NewVolume(name).WithLabel(labels).Build().CreateAsync(None);
        await own.NewSleeper().WithName(name).WithLabel(labels).WithLabel(LabLabels.Container, "main").Build().StartAsync(None);
    }

    // Whose they are.
    private async Task<IReadOnlyList<string>> LeftAsync()
    {
        var label = $"{LabLabels.Name}={_name}";
        IEnumerable<string> names =
        [
            .. (await _engine.ListAsync(label, None)).Where(container => container.State == "running").Select(container => container.Name),
            .. (await _engine.ListNetworksAsync(label, None)).Select(network => network.Name),
            .. (await _engine.ListVolumesAsync(label, None)).Select(volume => volume.Name),
        ];
        return [.. names.Select(name => name.Split('-')[^1])];
    }

    private LabCleaner Cleaner() => new(_engine, new ProcessTable(), TimeProvider.System);

    private LabRoot Checkout(string name)
    {
        var folder = Directory.CreateDirectory(_temporary.File(name)).FullName;
        foreach (var part in new[] { "topologies", "eng", "images" })
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, part), Path.Combine(LabRoot.Find().Path, part));
        }

        var root = new LabRoot(folder);
        Directory.CreateDirectory(root.StateFolder);
        File.Copy(LabRoot.Find().ImagesFile, root.ImagesFile);
        return root;
    }
}
