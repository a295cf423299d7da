using System.Reflection;
using SynapseLab.Runtimes;
#if HAVE_ASPIRE
using SynapseLab.AppHost.AspireRuntime;
using SynapseLab.Runtimes.Machine;
#endif

namespace SynapseLab.AppHost;

/// <summary>The runtimes that the AppHost offers.</summary>
internal static class AppHostRuntimes
{
    private const string Aspire = "aspire";

#if HAVE_ASPIRE
    /// <summary>Aspire first, which makes it the default.</summary>
    public static IReadOnlyList<RuntimeChoice> All { get; } =
    [
        new(Aspire, Attached: true, (engine, _) => new AspireLabRuntime(engine, UnixUser.Current(), Console.Error.WriteLine)),
        .. LabRuntimes.All,
    ];
#else
    /// <summary>Aspire is known by name, so that asking for it gets a reason.</summary>
    public static IReadOnlyList<RuntimeChoice> All { get; } =
    [
        .. LabRuntimes.All,
        new(Aspire, Attached: true, (_, _) => throw LabException.WrongUse(
            $"this AppHost was built without Aspire ({State()})",
            fix: "Leave out --runtime for Docker Compose, or build with -p:LabAspire=probe where a package source has Aspire by now")),
    ];
#endif

    /// <summary>Says why it is not Aspire, where a user of an AppHost may expect it.</summary>
    public static void SayWhichIsInUse(IReadOnlyList<string> arguments, TextWriter notes)
    {
        if (All[0].Name != Aspire && !arguments.Any(argument => argument.StartsWith("--runtime", StringComparison.Ordinal) || argument is "--help" or "-h"))
        {
            notes.WriteLine($"on Docker Compose; Aspire is {State()}");
        }
    }

    // Written by eng/OptionalPackages.targets: "absent: NU1101 Unable to find package Aspire.Hosting.AppHost"
    private static string State() =>
        typeof(AppHostRuntimes).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Optional:Aspire").Value!;
}
