using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.WithNBomber;

namespace SynapseLab.Cli;

internal static partial class LabDrivers
{
    static partial void AddNBomber(List<ILoadDriver> drivers) => drivers.Add(new NBomberDriver());
}
