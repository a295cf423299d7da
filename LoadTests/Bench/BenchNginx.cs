using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Bench;

/// <summary>An nginx of a bench: the lab's image on the machine's network, with a configuration of its own, on loopback, pinned to a
/// core.</summary>
internal sealed class BenchNginx : IAsyncDisposable
{
    private readonly Process _client;
    private readonly IContainerEngine _engine;

    private BenchNginx(Process client, string container, IContainerEngine engine) =>
        (_client, Container, _engine) = (client, container, engine);

    /// <summary>Name of its container.</summary>
    public string Container { get; }

    /// <summary>Configuration of a server that gives a fixed reply, like Synapse's to a message, on some ports.</summary>
    /// <param name="folder">Where nginx may write.</param>
    /// <param name="ports">Ports on loopback.</param>
    public static string FixedReply(string folder, params IEnumerable<int> ports) => $$"""
        worker_processes 1;
        pid {{folder}}/nginx.pid;
        error_log stderr warn;
        events { worker_connections 2048; }
        http {
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy;
            fastcgi_temp_path {{folder}}/fastcgi; uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
            server {
        {{string.Concat(ports.Select(port => Invariant($"        listen 127.0.0.1:{port};\n")))}}
                location / { default_type application/json; return 200 '{"event_id":"x0123456789abcdefghijklmnopqrstuvwxyzABCDEF"}'; }
            }
        }

        """;

    /// <summary>Starts nginx and waits until it listens.</summary>
    /// <param name="folder">Its folder; the configuration is written into it as <c>nginx.conf</c>. nginx sees the folder above this one
    /// too.</param>
    /// <param name="configuration">The configuration; null: the file is there already.</param>
    /// <param name="port">A port that it will listen on.</param>
    /// <param name="core">The core that it is pinned to.</param>
    /// <param name="image">nginx's image.</param>
    /// <param name="engine">The engine that it runs on.</param>
    /// <param name="waiter">Waits for the port.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LabException">It did not start (exit code 1), or there is no docker command (exit code 2).</exception>
    public static async Task<BenchNginx> StartAsync(
        string folder, string? configuration, int port, int core, string image, IContainerEngine engine, Waiter waiter,
        CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, "nginx.conf");
        if (configuration is not null)
        {
            await File.WriteAllTextAsync(file, configuration, new UTF8Encoding(false), cancellationToken);
        }

        var above = Path.GetDirectoryName(folder);
        var name = $"synapse-lab-bench-{Guid.NewGuid():N}"[..30];
        var pin = Environment.ProcessorCount > core ? new[] { "--cpuset-cpus", core.ToString(CultureInfo.InvariantCulture) } : [];
        var nginx = new BenchNginx(
            BenchTool.Start(
                [
                    BenchTool.Find("docker", "docker.io"), "run", "--rm", "--name", name, "--network", "host", .. pin,
                    "--volume", $"{above}:{above}:ro", image, "nginx", "-c", file, "-g", "daemon off;",
                ],
                engine.Socket.Environment),
            name,
            engine);
        try
        {
            await waiter.UntilAsync(
                TimeSpan.FromSeconds(20),
                $"nginx listens on port {port}",
                async token => await ListensAsync(nginx._client, port, token),
                cancellationToken);
            return nginx._client.HasExited
                ? throw LabException.Failed(
                    $"nginx ended with exit code {nginx._client.ExitCode}: "
                    + (await nginx._client.StandardError.ReadToEndAsync(cancellationToken)).Trim())
                : nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // The client would leave the container behind.
        await _engine.RemoveAsync(Container, CancellationToken.None);
        if (!_client.HasExited)
        {
            _client.Kill(entireProcessTree: true);
        }

        await _client.WaitForExitAsync();
        _client.Dispose();
    }

    private static async Task<Observation> ListensAsync(Process process, int port, CancellationToken cancellationToken)
    {
        if (process.HasExited)
        {
            return Observation.Yes("ended");
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return Observation.Yes("connected");
    }
}
