using System.Text.RegularExpressions;
using System.Xml.Linq;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.RealLab.Ci;

/// <summary>What can be said of the workflows of docs/ci without running them.</summary>
public sealed class CiFilesTests
{
    [Fact]
    public void Both_run_the_same_commands_so_that_what_is_tried_of_one_holds_for_the_other()
    {
        var github = CiJob.GitHub().Steps
            .Select(step =>
                step.Command
                    .Replace("$GITHUB_RUN_ID", "ID", StringComparison.Ordinal)
                    .Replace(" --logger GitHubActions", "", StringComparison.Ordinal));
        // if [ "$CI_JOB_STATUS" != success ]; then COMMAND; fi
        var gitlab = CiJob.GitLab().Steps
            .Skip(1)
            .Select(step =>
                Regex.Replace(
                    step.Command.Replace("$CI_JOB_ID", "ID", StringComparison.Ordinal),
                    "^if \\[ \"\\$CI_JOB_STATUS\" != success \\]; then (.*); fi$",
                    "$1"));

        Assert.Equal(github, gitlab);
        Assert.Equal(CiJob.GitHub().Artifacts, CiJob.GitLab().Artifacts);
        var collect = $" collect {CiJob.GitHub().Artifacts} ";
        Assert.Contains(
            CiJob.GitHub().Steps,
            step => step.Condition == CiCondition.Failure && step.Command.Contains(collect, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_else_is_done_than_what_these_actions_do() => Assert.Equal(
        ["actions/checkout@v4", "actions/checkout@v4", "actions/setup-dotnet@v4", "actions/cache@v4", "actions/upload-artifact@v4"],
        CiJob.GitHub().Uses.Select(step => step.Action));

    [Fact]
    public void Of_packages_that_the_lab_s_own_tests_have_too_the_suite_has_their_version()
    {
        var root = LabRoot.Find().Path;
        var own = Versions(Path.Combine(root, "Directory.Packages.props"), "PackageVersion");
        var suite = Versions(Path.Combine(root, "docs/ci/suite/Suite.csproj"), "PackageReference");

        Assert.Equal(
            ["Microsoft.NET.Test.Sdk", "xunit", "xunit.runner.visualstudio"],
            suite.Keys.Intersect(own.Keys).Order(StringComparer.Ordinal));
        Assert.All(suite.Keys.Intersect(own.Keys), package => Assert.Equal(own[package], suite[package]));
    }

    private static Dictionary<string, string> Versions(string file, string element) =>
        XDocument.Load(file)
            .Descendants(element)
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
}
