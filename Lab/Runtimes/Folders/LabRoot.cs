using SynapseLab.Runtimes.Engine;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Folders;

/// <summary>The folder of the lab's checkout: topologies and profiles are read from it, running labs and records of the machine are kept
/// under <c>.lab</c> in it.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record LabRoot(string Path)
{
    private const string Shipped = "shipped/";

    /// <summary>Environment variable that names the folder where the program does not lie below it.</summary>
    public const string Variable = "LAB_ROOT";

    /// <summary>The topologies the lab knows.</summary>
    public string Topologies => System.IO.Path.Combine(Path, "topologies");

    /// <summary>The load profiles the lab knows.</summary>
    public string Profiles => System.IO.Path.Combine(Path, "profiles");

    /// <summary>Everything that is not part of the checkout: running labs, the engine's log, records of set-up.</summary>
    public string StateFolder => System.IO.Path.Combine(Path, ".lab");

    /// <summary>Folders of the labs, one each.</summary>
    public string LabsFolder => System.IO.Path.Combine(StateFolder, "labs");

    /// <summary>Names of the labs that have a folder, however they are.</summary>
    public IReadOnlyList<string> LabNames =>
        Directory.Exists(LabsFolder)
            ? [.. Directory.EnumerateDirectories(LabsFolder).Select(System.IO.Path.GetFileName).OfType<string>()]
            : [];

    /// <summary>Which images this machine has and where they come from; written by <c>eng/setup</c>.</summary>
    public string ImagesFile => System.IO.Path.Combine(StateFolder, "images.json");

    /// <summary>Results of benches and loads.</summary>
    public string Artifacts => System.IO.Path.Combine(Path, "artifacts");

    /// <summary>Six hexadecimal digits that tell this checkout from others in names that are unique on a machine.</summary>
    public string Mark => PathMark.Of(Path);

    /// <summary>Whether set-up can make this machine ready from here; from a package it can't.</summary>
    public bool IsCheckout => File.Exists(System.IO.Path.Combine(Path, "eng", "setup"));

    /// <summary>The folder of one lab, whether it exists or not.</summary>
    public LabFolder Lab(string labName) => new(System.IO.Path.Combine(LabsFolder, labName));

    /// <summary>Names of the labs of this checkout among some containers, each once, in order.</summary>
    public IReadOnlyList<string> LabsAmong(IEnumerable<ContainerSummary> containers) =>
    [
        .. containers.Select(container => container.Labels)
            .Where(some => some.TryGetValue(LabLabels.Name, out var name) && Lab(name).Owns(some))
            .Select(some => some[LabLabels.Name])
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A folder for a program that has the lab as a package, and no checkout:
    /// with the topologies and load profiles that this assembly carries.</summary>
    /// <param name="path">The folder, made where missing; null: <c>synapse-lab</c> among the user's application data
    /// (<c>~/.local/share</c>), or among temporary files where he has none.</param>
    public static LabRoot OfPackage(string? path = null)
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var root = new LabRoot(System.IO.Path.GetFullPath(path ?? System.IO.Path.Combine(data.Length > 0 ? data : System.IO.Path.GetTempPath(), "synapse-lab")));
        var assembly = typeof(LabRoot).Assembly;
        // Other test processes read them at the same time.
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Shipped, StringComparison.Ordinal)))
        {
            var file = System.IO.Path.Combine(root.Path, name[Shipped.Length..]);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            using var shipped = assembly.GetManifestResourceStream(name)!;
            AtomicFile.Write(file, shipped.CopyTo);
        }

        return root;
    }

    /// <summary>Finds the checkout: <see cref="Variable"/> if set, else the nearest folder with Lab.sln above the program.</summary>
    /// <exception cref="LabException">There is none (exit code 2).</exception>
    public static LabRoot Find() =>
        TryFind() ?? throw LabException.WrongUse("the lab's checkout was not found above the program", fix: $"Set {Variable} to it");

    /// <summary>The same for a program that may have the lab as a package: where there is no checkout, <see cref="OfPackage"/>.</summary>
    /// <exception cref="LabException"><see cref="Variable"/> names a folder that is not there (exit code 2).</exception>
    public static LabRoot FindOrPackage() => TryFind() switch
    {
        null => OfPackage(),
        { IsCheckout: false } named => OfPackage(named.Path),
        { } checkout => checkout,
    };

    private static LabRoot? TryFind()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
        {
            return Directory.Exists(named)
                ? new LabRoot(System.IO.Path.GetFullPath(named))
                : throw LabException.WrongUse(
                    $"{Variable} names a folder that does not exist: {named}",
                    fix: "Set it to the lab's checkout, or unset it");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            // Somebody else's solution may be called so, too.
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Lab.sln"))
                && new LabRoot(folder.FullName) is { IsCheckout: true } checkout)
            {
                return checkout;
            }
        }

        return null;
    }
}
