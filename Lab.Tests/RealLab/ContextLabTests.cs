using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// A machine on which only a Docker context leads to the engine: nothing serves the system's socket in the mount namespace of the command
/// (mount_namespaces(7)).
/// </summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class ContextLabTests : IDisposable
{
    // $1 the system's socket; the rest is the program.
    private const string Script = "mount --bind /dev/null \"$1\" || exit 99\nshift\nexec \"$@\"";

    private readonly SocketRelay _relay = new(EngineLookup.OfThisProcess().Find().Path);
    private readonly TemporaryFolder _folder = new();

    [SmallDiskFact]
    public async Task A_lab_starts_runs_and_ends_on_the_engine_of_the_current_context()
    {
        using var context = new DockerContext("elsewhere", _relay.Path);
        var name = TestLabs.Name("context");
        var topology = _folder.File("one.yaml");
        await File.WriteAllTextAsync(topology, "homeservers: {hs1.test: {main: {}}}\npacking: one-container\n");

        await LabAsync(context, "up", topology, "--name", name, "--detach");
        try
        {
            Assert.Contains("healthy", await LabAsync(context, "status", "--name", name), StringComparison.Ordinal);
            Assert.Contains(
                $"unix://{_relay.Path}: Docker context 'elsewhere', the current one of {context.ConfigFile}",
                await LabAsync(context, "doctor"),
                StringComparison.Ordinal);
        }
        finally
        {
            await LabAsync(context, "down", name);
        }
    }

    public void Dispose()
    {
        _relay.Dispose();
        _folder.Dispose();
    }

    private static async Task<string> LabAsync(DockerContext context, params string[] words)
    {
        using var limit = new CancellationTokenSource(LabProgram.Deadline);
        var environment = new Dictionary<string, string>(context.Environment) { [LabRoot.Variable] = LabRoot.Find().Path };
        var result = await ExternalCommand.RunAsync(
            "unshare",
            [
                "--mount", "--propagation", "private",
                "sh", "-c", Script, "sh", Path.GetFullPath(EngineSocket.SystemPath), "dotnet", LabProgram.Path, .. words,
            ],
            environment,
            limit.Token);
        Assert.True(result.ExitCode == ExitCodes.Fine, result.Output + result.Error);
        return result.Output;
    }
}
