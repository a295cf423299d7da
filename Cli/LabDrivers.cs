using SynapseLab.LoadTests.Driver;

namespace SynapseLab.Cli;

/// <summary>The drivers that this build has. NBomber is in <c>LabDrivers.NBomber.cs</c>, which is compiled where the package is there
/// (eng/NBomber.props).</summary>
internal static partial class LabDrivers
{
    /// <summary>Those of this build.</summary>
    public static LoadDrivers OfThisBuild()
    {
        var further = new List<ILoadDriver>();
        AddNBomber(further);
        return new LoadDrivers(further);
    }

    static partial void AddNBomber(List<ILoadDriver> drivers);
}
