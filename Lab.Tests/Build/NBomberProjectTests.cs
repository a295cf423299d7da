using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using SynapseLab.Cli;
using SynapseLab.LoadTests.Driver;
using Xunit;

namespace SynapseLab.Tests.Build;

/// <summary>
/// NBomber is optional (eng/NBomber.props), its driver is compiled in every build all the same: against the package where it is there, and
/// otherwise against LoadTests.NBomber/Surface, the names and signatures of NBomber that the driver uses. The second proves that the driver
/// fits those signatures, not that it works; the tests of drivers prove that, in a build with the package.
/// </summary>
public sealed class NBomberProjectTests
{
    [Fact]
    public void The_driver_is_compiled_in_every_build_and_in_the_programs_only_with_the_package()
    {
        var project = AppContext.BaseDirectory.Replace("/Lab.Tests/", "/LoadTests.NBomber/", StringComparison.Ordinal);
        using var file = new PEReader(File.OpenRead(Path.Combine(project, "LoadTests.NBomber.dll")));
        var types = Types(file.GetMetadataReader());
        var withPackage = LabDrivers.OfThisBuild().HaveNBomber;

        Assert.Contains("SynapseLab.LoadTests.WithNBomber.NBomberDriver", types);
        Assert.Equal(withPackage, !types.Contains("NBomber.CSharp.NBomberRunner"));
        Assert.Equal(withPackage, File.Exists(Path.Combine(AppContext.BaseDirectory, "LoadTests.NBomber.dll")));
    }

    [Fact]
    public void The_built_in_driver_is_always_there_and_the_default() =>
        Assert.IsType<BuiltInDriver>(LabDrivers.OfThisBuild().Get(null));

    private static List<string> Types(MetadataReader reader) =>
        [
            .. reader.TypeDefinitions.Select(reader.GetTypeDefinition).Select(type =>
                $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}"),
        ];
}
