using System.Net.Sockets;
using System.Text.Json;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Images;

/// <summary>One image that set-up found, pulled or built.</summary>
/// <param name="Part"><c>synapse</c>, <c>postgres</c>, <c>redis</c>, <c>nginx</c>, <c>haproxy</c>.</param>
/// <param name="Reference">How containers name it: <c>matrixdotorg/synapse:v1.160.0</c>.</param>
/// <param name="Origin"><c>registry</c>, or <c>debian</c> where it was built from Debian packages.</param>
/// <param name="Version">Version of the program in it.</param>
/// <param name="Id">The engine's identifier, <c>sha256:...</c>.</param>
public sealed record MachineImage(string Part, string Reference, string Origin, string Version, string Id);

/// <summary>The images of this machine, as set-up recorded them (<c>.lab/images.json</c>), and set-up itself where they are not there yet.</summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">Knows whether an image is still there.</param>
public sealed class MachineImages(LabRoot root, IContainerEngine engine)
{
    private static readonly string[] Parts = ["synapse", "postgres", "redis", "nginx", "haproxy"];

    /// <summary>Reads the record.</summary>
    /// <returns>Empty where set-up has not run to its end yet.</returns>
    public IReadOnlyList<MachineImage> Read()
    {
        try
        {
            // {"synapse": {"image": "matrixdotorg/synapse:v1.160.0", "origin": "debian", "version": "1.160.0", "id": "sha256:..."}, ...}
            using var json = JsonDocument.Parse(File.ReadAllBytes(root.ImagesFile));
            return [.. Parts
                .Where(part => json.RootElement.TryGetProperty(part, out _))
                .Select(part => (part, entry: json.RootElement.GetProperty(part)))
                .Select(pair => new MachineImage(pair.part, pair.entry.Text("image"), pair.entry.Text("origin"), pair.entry.Text("version"), pair.entry.Text("id")))];
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return [];
        }
    }

    /// <summary>The images that set-up will want and whether they are on this machine already, as far as can be said before it has run.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<(string Part, string Reference, bool IsThere)>> OfficialAsync(CancellationToken cancellationToken)
    {
        var official = ImageSet.Official;
        string[] references = [official.Synapse, official.Postgres, official.Redis, official.Nginx, official.Haproxy];
        var found = await Task.WhenAll(references.Select(reference => engine.ImageAsync(reference, cancellationToken)));
        return [.. Parts.Select((part, i) => (part, references[i], found[i] is not null))];
    }

    /// <summary>Sets the machine up where its engine does not answer: not installed, or not started. Nothing is started in place of an engine that the user has chosen.</summary>
    /// <param name="say">Takes set-up's progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">It can't be set up (exit code 2); set-up has said why and what to do, or the message does.</exception>
    public async Task EnsureEngineAsync(Action<string> say, CancellationToken cancellationToken)
    {
        try
        {
            await engine.ListNetworksAsync(LabLabels.Name, cancellationToken);
        }
        catch (LabException e) when (root.IsCheckout && engine.Socket.Origin == EngineOrigin.System && e.InnerException is SocketException { SocketErrorCode: not SocketError.AccessDenied })
        {
            await SetUpAsync(say, cancellationToken);
        }
    }

    /// <summary>The images for a lab; sets the machine up first where some are missing. Without a checkout there is no set-up: the official images are pulled.</summary>
    /// <param name="synapse">Synapse's image where the topology asks for one: a reference, or a version such as <c>v1.159.0</c>; null: the machine's.</param>
    /// <param name="say">Takes set-up's progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The machine can't be set up, or the topology's image can't be had (exit code 2).</exception>
    public async Task<ImageSet> ForLabAsync(string? synapse, Action<string> say, CancellationToken cancellationToken)
    {
        var set = root.IsCheckout ? await OfMachineAsync(say, cancellationToken) : await PulledAsync(say, cancellationToken);
        if (synapse is null)
        {
            return set;
        }

        var reference = synapse.Contains('/', StringComparison.Ordinal) || synapse.Contains(':', StringComparison.Ordinal)
            ? synapse
            : $"matrixdotorg/synapse:{synapse}";
        // A repository alone means the version the machine has.
        if (!reference[(reference.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal) && set.Synapse.StartsWith(reference + ":", StringComparison.Ordinal))
        {
            return set;
        }

        await EnsureAsync(reference, "which the topology asks for", "Leave synapse.image and synapse.version out to take the machine's own, see ./lab doctor", say, cancellationToken);
        return set with { Synapse = reference };
    }

    private async Task<ImageSet> PulledAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var set = ImageSet.Official;
        foreach (var reference in new[] { set.Synapse, set.Postgres, set.Redis, set.Nginx, set.Haproxy })
        {
            await EnsureAsync(reference, "which the lab needs", "Pull it by hand to see why, or bring it in with docker load", say, cancellationToken);
        }

        return set;
    }

    private async Task<ImageSet> OfMachineAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var images = Read();
        if (images.Count < Parts.Length || !await AllThereAsync(images, cancellationToken))
        {
            await SetUpAsync(say, cancellationToken);
            images = Read();
            if (images.Count < Parts.Length)
            {
                throw LabException.WrongUse("set-up ended without all images", root.ImagesFile, "Run ./lab setup and read what it says");
            }
        }

        var by = images.ToDictionary(image => image.Part, image => image.Reference);
        return new ImageSet(by["synapse"], by["postgres"], by["redis"], by["nginx"], by["haproxy"]);
    }

    private async Task<bool> AllThereAsync(IReadOnlyList<MachineImage> images, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(images.Select(image => engine.ImageAsync(image.Reference, cancellationToken)));
        return found.All(image => image is not null);
    }

    private Task SetUpAsync(Action<string> say, CancellationToken cancellationToken) => new MachineSetUp(root).RunAsync([], say, cancellationToken);

    private async Task EnsureAsync(string reference, string why, string fix, Action<string> say, CancellationToken cancellationToken)
    {
        if (await engine.ImageAsync(reference, cancellationToken) is not null)
        {
            return;
        }

        say($"pulling {reference} ...");
        var pulled = await ExternalCommand.RunAsync("docker", ["pull", "--quiet", reference], engine.Socket.Environment, cancellationToken);
        if (pulled.ExitCode != 0)
        {
            throw LabException.WrongUse(
                $"image {reference}, {why}, is not on this machine and can't be pulled: {pulled.LastError}",
                fix: fix);
        }
    }
}
