using System.Diagnostics;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Tests.Proxies;

/// <summary>Runs the docker client. The lab itself talks to the engine's socket; a test of a few lone containers is shorter this way.</summary>
internal static class DockerCommand
{
    /// <summary>Options for what a test starts by itself: where Ctrl-C ends the test before it has taken that down, <c>./lab test</c> finds it by this label.</summary>
    public static string[] Mark => ["--label", $"synapse-lab.tests={LabRoot.Find().Path}"];

    public static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = Process.Start(Docker(arguments))
            ?? throw new InvalidOperationException("docker does not start");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {await error}");
    }

    /// <summary>What a container has written to its output and to its errors.</summary>
    public static async Task<string> LogsAsync(string container, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Docker(["logs", container]))
            ?? throw new InvalidOperationException("docker does not start");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? await output + await error : throw new InvalidOperationException($"docker logs {container}: {await error}");
    }

    public static async Task<string> RunWithInputAsync(string input, CancellationToken cancellationToken, params string[] arguments)
    {
        var docker = Docker(arguments);
        docker.RedirectStandardInput = true;
        using var process = Process.Start(docker)
            ?? throw new InvalidOperationException("docker does not start");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {await error}");
    }

    private static ProcessStartInfo Docker(string[] arguments) => new("docker", arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { [EngineLookup.HostVariable] = EngineLookup.OfThisProcess().Find().Host },
    };
}
