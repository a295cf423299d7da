using System.Diagnostics;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

/// <summary>Chromium without a window, with a profile of its own.</summary>
internal sealed class HeadlessChromium : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-chromium-").FullName;

    /// <summary>Opens a page.</summary>
    /// <param name="page">Its file.</param>
    /// <returns>The document as the browser understood it, and what the browser logged.</returns>
    public Task<(string Dom, string Log)> DumpAsync(string page) => RunAsync("--dump-dom", page);

    /// <summary>Takes a picture of a page.</summary>
    /// <param name="page">Its file.</param>
    /// <returns>The picture's file.</returns>
    public async Task<FileInfo> ScreenshotAsync(string page)
    {
        var picture = Path.Combine(_folder, "page.png");
        await RunAsync($"--screenshot={picture}", page);
        return new FileInfo(picture);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where its profile may lie.</param>
    /// <param name="words">Further options, and the page.</param>
    public static Process Start(string folder, params IEnumerable<string> words) => Process.Start(new ProcessStartInfo(
        ChromiumFactAttribute.Chromium!,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync", $"--user-data-dir={Path.Combine(folder, "profile")}", .. words,
        ])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private async Task<(string Output, string Log)> RunAsync(string what, string page)
    {
        Assert.True(ChromiumFactAttribute.Chromium is not null, $"chromium is not here, but could be ({ChromiumFactAttribute.SetUpSays})");
        using var chromium = Start(_folder, "--enable-logging=stderr", "--window-size=1120,2400", what, new Uri(page).AbsoluteUri);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            var output = chromium.StandardOutput.ReadToEndAsync(limit.Token);
            var log = chromium.StandardError.ReadToEndAsync(limit.Token);
            await chromium.WaitForExitAsync(limit.Token);
            return (await output, await log);
        }
        finally
        {
            if (!chromium.HasExited)
            {
                chromium.Kill(entireProcessTree: true);
            }
        }
    }
}

/// <summary>
/// A test that needs Chromium, which eng/setup installs for <c>./lab test</c>; skipped only where set-up has not run or could not install
/// it.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    private const string None = "none: ";

    public ChromiumFactAttribute()
    {
        if (Chromium is null && (SetUpSays is null || SetUpSays.StartsWith(None, StringComparison.Ordinal)))
        {
            Skip = $"chromium is not installed: {SetUpSays?[None.Length..] ?? "eng/setup --for-tests installs it"}";
        }
    }

    public static string? Chromium { get; } =
        new[] { "chromium", "chromium-browser", "google-chrome" }
            .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    /// <summary>What eng/setup.d/browser.sh has written down; null where it has not run.</summary>
    public static string? SetUpSays
    {
        get
        {
            var file = Path.Combine(LabRoot.Find().StateFolder, "browser");
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
    }
}
