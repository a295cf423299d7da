using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>On topology reference.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class ReferenceConformance(ReferenceLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology monolith.</summary>
[Trait("Lab", "real")]
[Collection(MonolithLab.Name)]
public sealed class MonolithConformance(MonolithLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology sharded.</summary>
[Trait("Lab", "real")]
[Collection(ShardedLab.Name)]
public sealed class ShardedConformance(ShardedLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology federation.</summary>
[Trait("Lab", "real")]
[Collection(FederationLab.Name)]
public sealed class FederationConformance(FederationLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output)
{
    /// <summary>One with workers and one without, neither the first: that is what the other topologies have.</summary>
    protected override IReadOnlyList<string> Tried => ["hs2", "hs3"];
}

/// <summary>On topology every-role: each group of routes has a process that serves nothing else.</summary>
[Trait("Lab", "real")]
[Collection(EveryRoleLab.Name)]
public sealed class EveryRoleConformance(EveryRoleLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);
