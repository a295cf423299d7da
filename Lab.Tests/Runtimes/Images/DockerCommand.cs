using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>
/// Runs the docker client, which makes images and pushes them to a registry; containers of a test are
/// <see cref="Containers.OwnContainers"/>.
/// </summary>
internal static class DockerCommand
{
    public static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await ExternalCommand.RunAsync(
            "docker",
            arguments,
            EngineLookup.OfThisProcess().Find().Environment,
            cancellationToken);
        return result.ExitCode == 0
            ? result.Output.Trim()
            : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {result.Error}");
    }
}
