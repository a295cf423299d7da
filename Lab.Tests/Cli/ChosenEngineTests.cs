using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>
/// An engine that the user has chosen and that does not answer: each command says so by itself, at once and in the same words.
/// </summary>
public sealed class ChosenEngineTests : IDisposable
{
    private readonly DockerContext _dead = new("dead", "/nowhere/docker.sock");

    [Theory]
    [InlineData("status")]
    [InlineData("doctor")]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("scenario run sync-spread")]
    [InlineData("bench start")]
    public async Task A_Docker_context_that_is_dead_is_told_by_every_command_and_nothing_is_started_in_its_place(string words)
    {
        var (exitCode, output, error) = await LabProgram.RunAsync(_dead.Environment, words.Split(' '));

        Assert.Equal(words == "doctor" ? ExitCodes.Failed : ExitCodes.WrongUse, exitCode);
        Assert.Contains(
            $"unix:///nowhere/docker.sock (Docker context 'dead', the current one of {_dead.ConfigFile}): no container engine answers. "
                + "Start it, or take the engine of this machine: docker context use default",
            output + error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("setting up this machine", output + error, StringComparison.Ordinal);
    }

    public void Dispose() => _dead.Dispose();
}
