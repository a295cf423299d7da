using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Waiting;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>A checkout of its own, as far as set-up goes: what it remembers of images is not what the other tests run on.</summary>
internal sealed class SetUpCheckout : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SetUpCheckout()
    {
        foreach (var folder in new[] { "eng", "images" })
        {
            using var copy = Process.Start("cp", ["-r", Path.Combine(LabRoot.Find().Path, folder), _folder.Path]);
            copy.WaitForExit();
        }

        Directory.CreateDirectory(_folder.File(".lab"));
        // Answered already: nobody need be asked for it.
        File.WriteAllText(
            _folder.File(".lab/nbomber.props"),
            "<Project><PropertyGroup><LabNBomber>on</LabNBomber></PropertyGroup></Project>");
        Root = new LabRoot(_folder.Path);
    }

    /// <summary>The checkout.</summary>
    public LabRoot Root { get; }

    /// <summary>What set-up has recorded of an image.</summary>
    public (string Reference, string Origin, string Version) Recorded(string part)
    {
        // {"redis": {"image": "redis:8", "origin": "debian", "version": "8.0.6", "id": "sha256:..."}, ...}
        using var json = JsonDocument.Parse(File.ReadAllBytes(Root.ImagesFile));
        var image = json.RootElement.GetProperty(part);
        return (image.GetProperty("image").GetString()!, image.GetProperty("origin").GetString()!, image.GetProperty("version").GetString()!);
    }

    /// <summary>Runs set-up to its end.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="environment"><c>NAME=value</c>.</param>
    public async Task<(int ExitCode, string Said)> SetUpAsync(CancellationToken cancellationToken, params string[] environment)
    {
        using var run = new Run(_folder.File("eng/setup"), environment);
        return await run.EndAsync(cancellationToken);
    }

    /// <summary>Starts set-up.</summary>
    public Run Start(params string[] environment) => new(_folder.File("eng/setup"), environment);

    public void Dispose() => _folder.Dispose();

    /// <summary>Set-up under way, in a process group of its own, as a shell has it.</summary>
    internal sealed class Run : IDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _said = [];
        private readonly Task _read;

        public Run(string program, string[] environment)
        {
            // Tests that run as a background job inherit that SIGINT is ignored, and no program can hear Ctrl-C then.
            _process = Process.Start(
                new ProcessStartInfo(
                    "setsid",
                    ["env", "--default-signal=INT", "--unset=LAB_IMAGES", .. environment, program])
                { RedirectStandardError = true })!;
            _read = ReadAsync();
        }

        /// <summary>Waits for a line that it says.</summary>
        public Task SaysAsync(string pattern, CancellationToken cancellationToken) => new Waiter(TimeProvider.System).UntilAsync(
            TimeSpan.FromMinutes(1),
            $"set-up says \"{pattern}\"",
            _ =>
                Task.FromResult(
                    new Observation(
                        _said.Any(line => System.Text.RegularExpressions.Regex.IsMatch(line, pattern)),
                        string.Join(" / ", _said))),
            cancellationToken);

        /// <summary>As Ctrl-C in a terminal: every process of the command hears it.</summary>
        public async Task InterruptAsync(CancellationToken cancellationToken)
        {
            using var kill = Process.Start("kill", ["-INT", "--", string.Create(CultureInfo.InvariantCulture, $"-{_process.Id}")]);
            await kill.WaitForExitAsync(cancellationToken);
        }

        /// <summary>Waits for its end.</summary>
        public async Task<(int ExitCode, string Said)> EndAsync(CancellationToken cancellationToken)
        {
            await _process.WaitForExitAsync(cancellationToken);
            await _read.WaitAsync(cancellationToken);
            return (_process.ExitCode, string.Join('\n', _said));
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        private async Task ReadAsync()
        {
            while (await _process.StandardError.ReadLineAsync() is { } line)
            {
                _said.Enqueue(line);
            }
        }
    }
}
