using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Tests beside which no other runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "accidents, alone";
}
