using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Images;

/// <summary>An image that could not be pulled.</summary>
/// <param name="Reference">As it was asked for: <c>registry.example:5000/synapse:v1.160.0</c>, <c>postgres@sha256:...</c>.</param>
/// <param name="Cause">Why, with the registry's name and the engine's own words.</param>
/// <param name="Remedy">What to do: <c>docker login registry.example:5000, then run the same command again</c>.</param>
internal sealed record PullFailure(string Reference, string Cause, string Remedy);

/// <summary>Pulls images as set-up does, by the same script (<c>eng/pull</c>): with the docker command's own logins,
/// and given up where a registry does not answer or stops sending. This assembly carries the script,
/// since a program that has the lab as a package has no checkout.</summary>
/// <param name="socket">The engine that is to have them.</param>
internal sealed class ImagePull(EngineSocket socket)
{
    /// <summary>Pulls them, all at once.</summary>
    /// <param name="references">The images.</param>
    /// <param name="say">Takes progress, a line each: <c>image postgres:18: 2 of 5 layers, 12.3 of 40.1 MB after 6 s</c>.</param>
    /// <param name="cancellationToken">Ends all pulls.</param>
    /// <returns>Those that could not be had; empty where all are here.</returns>
    /// <exception cref="LabException">There is no bash (exit code 2), or the script failed by itself.</exception>
    public async Task<IReadOnlyList<PullFailure>> PullAsync(
        IReadOnlyList<string> references, Action<string> say, CancellationToken cancellationToken)
    {
        using var script = new StreamReader(typeof(ImagePull).Assembly.GetManifestResourceStream("images/pull")!);
        var pull = await ExternalCommand.RunAsync(
            "bash",
            ["-c", await script.ReadToEndAsync(cancellationToken), "pull", .. references],
            socket.Environment,
            say,
            cancellationToken);

        // REFERENCE<TAB>CAUSE<TAB>REMEDY
        PullFailure[] failures = [.. pull.Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(fields => fields.Length == 3)
            .Select(fields => new PullFailure(fields[0], fields[1], fields[2]))];
        return failures.Length > 0 || pull.ExitCode == 0
            ? failures
            : throw LabException.Failed($"pulling images ended with: {pull.LastError}");
    }
}
