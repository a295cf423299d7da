using Aspire.Hosting;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>What a test asks of Synapse in its application, without a running lab.</summary>
public sealed class SynapseTestingTests : IAsyncDisposable
{
    private readonly DistributedApplication _application = Build();

    [Theory]
    [InlineData("hs3", "the application has no homeserver 'hs3'. Did you mean 'hs1'? It has hs1, hs2, federation")]
    [InlineData("postgres", "the application has no homeserver 'postgres'. It has hs1, hs2, federation")]
    public async Task Of_what_is_no_homeserver_those_there_are_are_told(string name, string problem)
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _application.ResetSynapseAsync(name));

        Assert.Equal((ExitCodes.WrongUse, problem), (error.ExitCode, error.Message));
    }

    [Theory]
    [InlineData("hs1")]
    [InlineData("hs2")]
    [InlineData("federation")]
    public async Task Before_the_application_runs_there_is_nothing_to_reset(string name)
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _application.ResetSynapseAsync(name));

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.StartsWith("no lab 'never-started", error.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static DistributedApplication Build()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });
        builder.AddSynapse("hs1").WithLabName("never-started-1");
        builder.AddSynapseFederation("federation").WithLabName("never-started-2").AddHomeserver("hs2");
        return builder.Build();
    }
}
