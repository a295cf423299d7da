using SynapseLab.AppHost.AspireRuntime;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.AppHost;

/// <summary>The runtimes that the AppHost offers.</summary>
internal static class AppHostRuntimes
{
    /// <summary>Aspire first, which makes it the default.</summary>
    public static IReadOnlyList<RuntimeChoice> All { get; } =
    [
        new("aspire", Attached: true, (engine, _) => new AspireLabRuntime(engine, UnixUser.Current(), Console.Error.WriteLine)),
        .. LabRuntimes.All,
    ];
}
