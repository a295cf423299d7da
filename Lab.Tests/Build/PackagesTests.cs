using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.Build;

/// <summary>
/// The packages for other people's projects, packed and tried by a project outside of the solution that has them from a folder.
/// </summary>
public sealed class PackagesTests : IDisposable
{
    private const string Version = "0.0.1-test";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_stranger_s_project_compiles_with_them_and_is_warned_of_nothing()
    {
        using var limit = new CancellationTokenSource(Deadline);
        string[] projects = ["Lab/Base", "Lab/Model", "Lab/Rendering", "Lab/Runtimes", "Scenarios", "LoadTests", "Hosting", "Testcontainers"];
        foreach (var project in projects)
        {
            await DotnetAsync(
                [
                    "pack",
                    Path.Combine(LabRoot.Find().Path, project),
                    "--configuration",
                    Configuration,
                    "--no-build",
                    "--output",
                    _folder.File("source"),
                    $"-p:PackageVersion={Version}",
                ],
                limit.Token);
        }

        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="lab" value="{_folder.File("source")}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{_folder.File("packages")}" /></config>
              <fallbackPackageFolders><add key="restored" value="{RestoredPackages}" /></fallbackPackageFolders>
            </configuration>
            """);
        Write("Stranger.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <AnalysisLevel>latest-recommended</AnalysisLevel>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SynapseLab.Testcontainers" Version="{Version}" />
                <PackageReference Include="SynapseLab.Aspire.Hosting" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        Write("Stranger.cs", """
            using Aspire.Hosting;
            using Aspire.Hosting.ApplicationModel;
            using SynapseLab.Testcontainers;
            using SynapseLab.Topologies;

            namespace Stranger;

            public static class Uses
            {
                public static async Task Main()
                {
                    var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
                    builder.AddSynapse("synapse").WithTopology("reference").WithScenarios().WithLoadProfiles();
                    await using var application = builder.Build();
                    foreach (var run in builder.Resources.OfType<ExecutableResource>())
                    {
                        var words = new List<object>();
                        foreach (var arguments in run.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
                        {
                            await arguments.Callback(new CommandLineArgsCallbackContext(words));
                        }

                        Console.WriteLine($"{run.Name}: {run.Command} {string.Join(' ', words)}");
                    }
                }

                public static async Task<string> RegisterAsync()
                {
                    await using var synapse = new SynapseLabBuilder().WithTopology("monolith").WithPacking(Packing.OneContainer).Build();
                    await synapse.StartAsync();
                    await synapse.ResetAsync();
                    await synapse.Lab.KillAsync("main", CancellationToken.None);
                    return (await synapse.RegisterUserAsync("alice")).AccessToken;
                }
            }
            """);

        var output = await DotnetAsync(["build", _folder.Path, "--nologo"], limit.Token);

        Assert.Contains(" 0 Warning(s)", output, StringComparison.Ordinal);
        await RunsWithoutACheckoutAsync(limit.Token);
    }

    // Topologies and profiles are in the library, the program that runs scenarios and loads is in the package.
    private async Task RunsWithoutACheckoutAsync(CancellationToken cancellationToken)
    {
        var runs = (await DotnetAsync([_folder.File("bin/Debug/net10.0/Stranger.dll")], cancellationToken)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains(runs, run => run.StartsWith("chat: ", StringComparison.Ordinal));
        var words = Assert.Single(runs, run => run.StartsWith("first-proof: ", StringComparison.Ordinal)).Split(' ');
        Assert.Equal(
            [
                "first-proof:",
                "dotnet",
                _folder.File($"packages/synapselab.aspire.hosting/{Version}/tools/runner/lab-runner.dll"),
                "scenario",
                "run",
                "first-proof",
                "--name",
                "synapse",
            ],
            words);
        Assert.Contains("first-proof", await DotnetAsync([words[2], "scenario", "list"], cancellationToken), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // .../Lab.Tests/bin/Release/net10.0/
    private static string Configuration =>
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;

    // The solution's own packages are there already; nothing is asked of a registry.
    private static string RestoredPackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private void Write(string name, string text) => File.WriteAllText(_folder.File(name), text);

    private async Task<string> DotnetAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // No build server outlives the test.
        var environment = new Dictionary<string, string>
        {
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
            [LabRoot.Variable] = "",
            ["XDG_DATA_HOME"] = _folder.File("data"),
        };
        var result = await ExternalCommand.RunAsync("dotnet", arguments, environment, cancellationToken);
        Assert.True(result.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{result.Output}\n{result.Error}");
        return result.Output;
    }
}
