using SynapseLab.Yaml;

namespace SynapseLab.LoadTests.Driver;

/// <summary>The drivers that a build has: the built-in one, which is always there and the default, and further ones.</summary>
/// <param name="further">Drivers of other assemblies.</param>
public sealed class LoadDrivers(IReadOnlyList<ILoadDriver> further)
{
    private const string NBomber = "nbomber";

    private readonly IReadOnlyList<ILoadDriver> _all = [new BuiltInDriver(), .. further];

    /// <summary>Their names, the default first: <c>builtin</c>, <c>nbomber</c>.</summary>
    public IReadOnlyList<string> Names => [.. _all.Select(driver => driver.Name)];

    /// <summary>Whether NBomber is among them.</summary>
    public bool HaveNBomber => Names.Contains(NBomber);

    /// <summary>A driver.</summary>
    /// <param name="name">Its name; null: the default.</param>
    /// <exception cref="LabException">There is none of that name, or not in this build (exit code 2).</exception>
    public ILoadDriver Get(string? name) =>
        _all.FirstOrDefault(driver => name is null || driver.Name == name)
        ?? throw (name == NBomber
            ? LabException.WrongUse(
                "this build is without NBomber",
                null,
                "Leave --driver out for the built-in one. ./lab setup takes NBomber where a package source of this machine has it")
            : LabException.WrongUse($"there is no driver '{name}'", null, Spelling.SuggestAmong(name!, Names, "There are")));
}
