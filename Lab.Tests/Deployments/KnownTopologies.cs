using SynapseLab.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Deployments;

/// <summary>The topologies of the repository, and deployments of them on fixed inputs.</summary>
internal static class KnownTopologies
{
    public static TheoryData<string> Names => [.. Library.Names];

    public static string Root { get; } = RepositoryRoot();

    public static TopologyLibrary Library { get; } = new(Path.Combine(Root, "topologies"));

    public static Deployment Build(string name, DeploymentInputs? inputs = null) =>
        DeploymentBuilder.Build(Library.Load(name), inputs ?? new DeploymentInputs());

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Lab.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
