using System.Diagnostics;
using System.IO.Compression;
using SynapseLab.Runtimes;
using Xunit;

namespace SynapseLab.Tests.Build;

/// <summary>A program in a folder of its own that names NBomber as its optional package and prints what it was built with. Its only package source is a folder.</summary>
internal sealed class ProjectWithOptionalPackage
{
    private readonly DirectoryInfo _folder;
    private readonly DirectoryInfo _source;

    public ProjectWithOptionalPackage(DirectoryInfo folder)
    {
        _folder = folder;
        _source = folder.CreateSubdirectory("source");
        folder.CreateSubdirectory("eng");
        File.Copy(TargetsOfTheCheckout(), Path.Combine(folder.FullName, "eng", "OptionalPackages.targets"));
        folder.CreateSubdirectory("program");
        Write("Directory.Packages.props", "<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup></Project>");
        Write("program/program.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <OptionalPackage>NBomber</OptionalPackage>
              </PropertyGroup>
              <Import Project="../eng/OptionalPackages.targets" />
            </Project>
            """);
        Write("program/program.cs", """
            using System.Linq;
            using System.Reflection;
            var state = typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Optional:NBomber").Value;
            #if HAVE_NBOMBER
            state += " HAVE_NBOMBER";
            #endif
            System.Console.Write(state);
            """);
    }

    /// <summary>Puts a package with nothing in it into the source.</summary>
    public void PublishPackage(string id, string version)
    {
        using var package = ZipFile.Open(Path.Combine(_source.FullName, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        using var specification = new StreamWriter(package.CreateEntry($"{id}.nuspec").Open());
        specification.Write($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata><id>{id}</id><version>{version}</version><authors>test</authors><description>test</description></metadata>
            </package>
            """);
    }

    /// <summary>One <c>dotnet run</c>.</summary>
    /// <returns>Exit code and output.</returns>
    public async Task<(int ExitCode, string Output)> BuildAndRunAsync(string property = "-p:LabNBomber=auto")
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--project", "program", $"-p:RestoreSources={_source.FullName}", property])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "packages");
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment.Remove("RestoreAdditionalProjectSources");
        start.Environment.Remove("LAB_NBOMBER");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    /// <summary>What the next build will be told.</summary>
    public string RememberedAnswer()
    {
        var answer = File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(_folder.FullName, "artifacts", "optional"))));
        return answer.Contains("<OptionalPackageFound>true", StringComparison.Ordinal) ? "true" : "false";
    }

    private void Write(string path, string text) => File.WriteAllText(Path.Combine(_folder.FullName, path), text);

    // Not by [CallerFilePath]: release builds map source paths, see Directory.Build.props.
    private static string TargetsOfTheCheckout() => Path.Combine(LabRoot.Find().Path, "eng", "OptionalPackages.targets");
}
