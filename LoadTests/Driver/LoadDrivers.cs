using System.Reflection;
using SynapseLab.Yaml;

namespace SynapseLab.LoadTests.Driver;

/// <summary>The drivers that this build has.</summary>
public static class LoadDrivers
{
    /// <summary>Names that <see cref="Get"/> knows, also of drivers that this build does not have.</summary>
    public static IReadOnlyList<string> Names { get; } = ["nbomber", "builtin"];

    /// <summary>A driver.</summary>
    /// <param name="name"><c>builtin</c> or <c>nbomber</c>; null: NBomber where this build has it, otherwise the built-in one.</param>
    /// <exception cref="LabException">There is none of that name, or not in this build (exit code 2).</exception>
    public static ILoadDriver Get(string? name) => name switch
    {
        "builtin" => new BuiltInDriver(),
#if HAVE_NBOMBER
        null or "nbomber" => new NBomberDriver(),
#else
        null => new BuiltInDriver(),
        "nbomber" => throw LabException.WrongUse($"this build is without NBomber ({WhyNoNBomber()})", null, "Leave --driver out, or say --driver builtin"),
#endif
        _ => throw LabException.WrongUse($"there is no driver '{name}'", null, Spelling.SuggestAmong(name, Names, "There are")),
    };

    /// <summary>Whether this build has NBomber.</summary>
    public static bool HasNBomber =>
#if HAVE_NBOMBER
        true;
#else
        false;
#endif

    // Written by eng/OptionalPackages.targets: "absent: NU1101 Unable to find package NBomber ...".
    private static string WhyNoNBomber() =>
        typeof(LoadDrivers).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "Optional:NBomber")?.Value ?? "absent";
}
