using System.Diagnostics;
using System.Formats.Tar;
using System.Net;
using System.Text;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>A real registry on loopback, which engines trust there without TLS: for everybody at one port, for those with a password at
/// another. What it has are images of one layer of noise, named as the official ones and, as some of those are, without a label.</summary>
public sealed class LoopbackRegistry : IAsyncLifetime
{
    /// <summary>Who may pull from <see cref="ForUsers"/>.</summary>
    public const string User = "lab";

    /// <summary>How many bytes the layer of each image has.</summary>
    public const int LayerBytes = 3_000_000;

    /// <summary>
    /// The user's password, and its hash of the least cost, as <c>htpasswd -nbB -C 4 lab ...</c> has it: a registry takes no other kind.
    /// </summary>
    internal const string Password = "let me in";
    private const string PasswordHash = "$2y$04$SynapseLabTestsOnlyAA.sduHSnhasqbTs3C5S0zBDXKEgqTaUGK";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _processes = [];
    private readonly Dictionary<string, string> _digests = [];

    /// <summary>Names of the images: what set-up calls them, and what the official ones are called.</summary>
    internal static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>
    {
        ["SYNAPSE"] = "matrixdotorg/synapse:v1.160.0",
        ["POSTGRES"] = "library/postgres:18",
        ["REDIS"] = "library/redis:8",
        ["NGINX"] = "library/nginx:1.30",
        ["HAPROXY"] = "library/haproxy:3.2",
    };

    /// <summary>Its port for everybody.</summary>
    internal int Port { get; private set; }

    /// <summary>Where everybody may pull: <c>127.0.0.1:35001</c>.</summary>
    internal string ForAll => $"127.0.0.1:{Port}";

    /// <summary>Where only <see cref="User"/> may.</summary>
    internal string ForUsers { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (RegistryFactAttribute.WhyNone is not null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(Deadline);
        File.WriteAllText(_folder.File("htpasswd"), $"{User}:{PasswordHash}\n");
        Port = await ServeAsync("", limit.Token);
        ForUsers = $"127.0.0.1:{await ServeAsync($"auth: {{htpasswd: {{realm: lab, path: {_folder.File("htpasswd")} }} }}", limit.Token)}";
        foreach (var name in Names.Values)
        {
            await PushAsync(name, limit.Token);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>Digest of an image's manifest: <c>sha256:...</c>.</summary>
    internal string DigestOf(string name) => _digests[name];

    // The engine has it no more afterwards.
    private async Task PushAsync(string name, CancellationToken cancellationToken)
    {
        var layer = _folder.File("layer.tar");
        await using (var tar = new TarWriter(File.Create(layer)))
        {
            // Of its own for each image, since the engine fetches a layer once, and of noise, which does not get smaller when it is packed.
            var noise = new byte[LayerBytes];
            new Random(name.Sum(letter => letter)).NextBytes(noise);
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, "noise") { DataStream = new MemoryStream(noise) },
                cancellationToken);
        }

        var reference = $"{ForAll}/{name}";
        await DockerCommand.RunAsync(cancellationToken, "import", layer, reference);
        // "v1.160.0: digest: sha256:2f59bf5f... size: 527"
        _digests[name] = (await DockerCommand.RunAsync(cancellationToken, "push", reference)).Split("digest: ")[1].Split(' ')[0];
        await DockerCommand.RunAsync(cancellationToken, "image", "rm", reference);
    }

    private async Task<int> ServeAsync(string auth, CancellationToken cancellationToken)
    {
        var port = LoopbackPort.AnyFree();
        var config = _folder.File($"{port}.yml");
        File.WriteAllText(config, $"""
            version: 0.1
            log:
              level: error
            storage:
              filesystem:
                rootdirectory: {_folder.File("images")}
            http:
              addr: 127.0.0.1:{port}
            {auth}
            """);
        var registry = Process.Start(
            new ProcessStartInfo(RegistryFactAttribute.Program, ["serve", config])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
        _processes.Add(registry);
        var said = new StringBuilder();
        registry.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        registry.OutputDataReceived += (_, line) => said.AppendLine(line.Data);
        registry.BeginErrorReadLine();
        registry.BeginOutputReadLine();
        using var http = new HttpClient();
        await new Waiter(TimeProvider.System).UntilAsync(
            Deadline,
            $"the registry at port {port} answers",
            async token =>
            {
                Assert.False(registry.HasExited, $"The registry ended: {said}");
                var status = (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/v2/"), token)).StatusCode;
                return new Observation(status is HttpStatusCode.OK or HttpStatusCode.Unauthorized, status.ToString());
            },
            cancellationToken);
        return port;
    }
}
