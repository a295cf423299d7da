using System.Net.Sockets;
using System.Text.Json;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Images;

/// <summary>One image that set-up found, pulled or built.</summary>
/// <param name="Part"><c>synapse</c>, <c>postgres</c>, <c>redis</c>, <c>nginx</c>, <c>haproxy</c>.</param>
/// <param name="Reference">How containers name it: <c>matrixdotorg/synapse:v1.160.0</c>.</param>
/// <param name="Origin"><c>registry</c>, or <c>debian</c> where it was built from Debian packages.</param>
/// <param name="Version">Version of the program in it.</param>
/// <param name="Id">The engine's identifier, <c>sha256:...</c>.</param>
public sealed record MachineImage(string Part, string Reference, string Origin, string Version, string Id);

/// <summary>The images of this machine, as set-up recorded them (<c>.lab/images.json</c>),
/// and set-up itself where they are not there yet.</summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">Knows whether an image is still there.</param>
/// <param name="variable">Gives an environment variable; null or empty: not set. This process's where not given.</param>
public sealed class MachineImages(LabRoot root, IContainerEngine engine, Func<string, string?>? variable = null)
{
    private static readonly string[] Parts = ["synapse", "postgres", "redis", "nginx", "haproxy"];

    private readonly Func<string, string?> _variable = variable ?? Environment.GetEnvironmentVariable;

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

    /// <summary>The images that set-up will want and whether they are on this machine already,
    /// as far as can be said before it has run.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<(string Part, string Reference, bool IsThere)>> WantedAsync(CancellationToken cancellationToken)
    {
        var wanted = Parts.Zip(Wanted).ToArray();
        var found = await Task.WhenAll(wanted.Select(pair => engine.ImageAsync(pair.Second, cancellationToken)));
        return [.. wanted.Zip(found, (pair, image) => (pair.First, pair.Second, image is not null))];
    }

    /// <summary>Sets the machine up where its engine does not answer: not installed, or not started.
    /// Nothing is started in place of an engine that the user has chosen.</summary>
    /// <param name="say">Takes set-up's progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">It can't be set up (exit code 2); set-up has said why and what to do,
    /// or the message does.</exception>
    public async Task EnsureEngineAsync(Action<string> say, CancellationToken cancellationToken)
    {
        try
        {
            await engine.PingAsync(cancellationToken);
        }
        catch (LabException e) when (root.IsCheckout && engine.Socket.Origin == EngineOrigin.System && e.InnerException is SocketException { SocketErrorCode: not SocketError.AccessDenied })
        {
            await SetUpAsync(say, cancellationToken);
        }
    }

    /// <summary>The images for a lab; sets the machine up first where some are missing. Without a checkout there is no set-up:
    /// the official images are pulled.</summary>
    /// <param name="synapse">Synapse's image where the topology asks for one: a reference, or a version such as <c>v1.159.0</c>; null:
    /// the machine's.</param>
    /// <param name="say">Takes set-up's progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The machine can't be set up, or the topology's image can't be had (exit code 2).</exception>
    public async Task<ImageSet> ForLabAsync(string? synapse, Action<string> say, CancellationToken cancellationToken)
    {
        var machine = root.IsCheckout ? await OfMachineAsync(say, cancellationToken) : await PulledAsync(say, cancellationToken);
        var set = For(synapse, machine);
        if (set.Synapse != machine.Synapse)
        {
            await EnsureAsync(
                [set.Synapse],
                "which the topology asks for",
                "leave synapse.image and synapse.version out to take the machine's own, see ./lab doctor",
                say,
                cancellationToken);
        }

        return set;
    }

    /// <summary>The same by name alone: the engine is not asked whether they are there.</summary>
    /// <param name="synapse">See <see cref="ForLabAsync"/>.</param>
    /// <returns>Null where set-up has to run first.</returns>
    public ImageSet? Named(string? synapse) => (root.IsCheckout ? Recorded() : SetOf(Wanted)) is { } machine ? For(synapse, machine) : null;

    private static ImageSet For(string? synapse, ImageSet machine)
    {
        if (synapse is null)
        {
            return machine;
        }

        var reference = synapse.Contains('/', StringComparison.Ordinal) || synapse.Contains(':', StringComparison.Ordinal)
            ? synapse
            : $"matrixdotorg/synapse:{synapse}";
        // A repository alone means the version the machine has.
        return !reference[(reference.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal)
            && machine.Synapse.StartsWith(reference + ":", StringComparison.Ordinal)
            ? machine
            : machine with { Synapse = reference };
    }

    // In the order of Parts: what LAB_IMAGE_SYNAPSE and so on name, else the official ones; eng/setup does the same with eng/images.env.
    private string[] Wanted
    {
        get
        {
            var official = ImageSet.Official;
            string[] references = [official.Synapse, official.Postgres, official.Redis, official.Nginx, official.Haproxy];
            return [.. Parts.Zip(references, (part, reference) => AskedFor(part) ?? reference)];
        }
    }

    private static ImageSet SetOf(IReadOnlyList<string> references) =>
        new(references[0], references[1], references[2], references[3], references[4]);

    private string? AskedFor(string part) =>
        _variable($"LAB_IMAGE_{part.ToUpperInvariant()}") is { Length: > 0 } reference ? reference : null;

    private async Task<ImageSet> PulledAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var wanted = Wanted;
        await EnsureAsync(
            wanted,
            "which the lab needs",
            "bring it in with docker load, or name another in LAB_IMAGE_SYNAPSE, _POSTGRES, _REDIS, _NGINX or _HAPROXY",
            say,
            cancellationToken);
        return SetOf(wanted);
    }

    private async Task<ImageSet> OfMachineAsync(Action<string> say, CancellationToken cancellationToken)
    {
        if (Recorded() is not { } images || !await AllThereAsync(cancellationToken))
        {
            await SetUpAsync(say, cancellationToken);
            var recorded = Read();
            images = recorded.Count == Parts.Length
                ? SetOf([.. recorded.Select(image => image.Reference)])
                : throw LabException.WrongUse("set-up ended without all images", root.ImagesFile, "Run ./lab setup and read what it says");
        }

        return images;
    }

    // Null where set-up has not run to its end yet, or other images are asked for by now.
    private ImageSet? Recorded()
    {
        var images = Read();
        return images.Count == Parts.Length && images.All(image => AskedFor(image.Part) is not { } other || other == image.Reference)
            ? SetOf([.. images.Select(image => image.Reference)])
            : null;
    }

    private async Task<bool> AllThereAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(Read().Select(image => engine.ImageAsync(image.Reference, cancellationToken)));
        return found.All(image => image is not null);
    }

    private Task SetUpAsync(Action<string> say, CancellationToken cancellationToken) =>
        new MachineSetUp(root.Path).RunAsync([], say, cancellationToken);

    private async Task EnsureAsync(
        IReadOnlyList<string> references, string why, string otherwise, Action<string> say, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(references.Select(reference => engine.ImageAsync(reference, cancellationToken)));
        string[] missing = [.. references.Zip(found).Where(pair => pair.Second is null).Select(pair => pair.First)];
        if (missing.Length == 0)
        {
            return;
        }

        say($"pulling {string.Join(", ", missing)} ...");
        var failures = await new ImagePull(engine.Socket).PullAsync(missing, say, cancellationToken);
        if (failures.Count > 0)
        {
            throw new LabException(
                ExitCodes.WrongUse,
                [.. failures.Select(failure => new Problem($"image {failure.Reference}, {why}, is not on this machine and can't be pulled: {failure.Cause}", Fix: $"{failure.Remedy}; or {otherwise}"))]);
        }
    }
}
