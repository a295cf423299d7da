// dotnet run --project AppHost [-- --topology NAME --name LAB --ports OFFSET --empty-database --keep], or Lab:Topology, Lab:Name,
// Lab:Ports, Lab:EmptyDatabase and Lab:Keep in the environment (Lab__Topology) or configuration.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynapseLab;
using SynapseLab.AppHost;

try
{
    var builder = DistributedApplication.CreateBuilder(args);
    // What the host tells of a start that failed, with a stack trace, is told below in a user's words.
    builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));
    builder.UseLoopbackDashboard();
    var lab = LabArguments.Read(args, builder.Configuration);
    var synapse = builder.AddSynapseFederation("synapse").WithPlainNames().WithTopology(lab.Topology);
    synapse
        .WithLabName(lab.Name ?? synapse.Resource.Deployment.Topology.Name)
        .WithPortOffset(lab.PortOffset)
        .WithEmptyDatabase(lab.EmptyDatabase)
        .WithFailedStartKept(lab.Keep)
        .WithScenarios()
        .WithLoadProfiles();
    await builder.Build().RunLabAsync();
    return ExitCodes.Fine;
}
catch (LabException e)
{
    return Failure.Of(e).WriteTo(Console.Error);
}
