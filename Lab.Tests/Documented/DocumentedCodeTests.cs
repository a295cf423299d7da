using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Documented;

/// <summary>Whole types that docs/testing.md shows are compiled: they stand in Fixtures.cs too.</summary>
public sealed class DocumentedCodeTests
{
    [Fact]
    public void Each_fixture_that_the_documentation_shows_is_compiled()
    {
        var root = LabRoot.Find().Path;
        var compiled = File.ReadAllText(Path.Combine(root, "Lab.Tests/Documented/Fixtures.cs"));

        var shown = File.ReadAllText(Path.Combine(root, "docs/testing.md"))
            .Split("```csharp\n")
            .Skip(1)
            .Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])
            .ToArray();

        Assert.Equal(3, shown.Length);
        Assert.All(shown, code => Assert.Contains(code, compiled, StringComparison.Ordinal));
    }
}
