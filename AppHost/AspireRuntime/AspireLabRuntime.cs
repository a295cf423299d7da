using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.AppHost.AspireRuntime;

/// <summary>Runs a lab's containers as resources of an Aspire application, with Aspire's dashboard.</summary>
/// <param name="engine">The engine that Aspire starts containers on.</param>
/// <param name="owner">The user who owns the labs' folders.</param>
/// <param name="note">Is told where the dashboard is.</param>
internal sealed class AspireLabRuntime(IContainerEngine engine, UnixUser owner, Action<string> note) : ILabRuntime, IAsyncDisposable
{
    // Aspire calls the network of a run aspire-session-network-<random>-<application>.
    private const string SessionNetwork = "aspire-session-network-";

    private DistributedApplication? _application;
    private PartClient? _parts;

    /// <inheritdoc />
    public string Name => "aspire";

    /// <inheritdoc />
    public async Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken)
    {
        // Aspire's orchestrator is a program of its own, and finds the engine through this process's environment.
        Environment.SetEnvironmentVariable(EngineLookup.HostVariable, engine.Socket.Host);
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = [],
            DashboardApplicationName = $"Synapse lab {deployment.LabName}",
            // Everything of the lab is on loopback, where the dashboard speaks plain HTTP behind its login token.
            AllowUnsecuredTransport = true,
            // Aspire would copy its certificate into every container and start it later for that.
            TrustDeveloperCertificate = false,
            // Synapse speaks to Redis without TLS, on the lab's own network.
            DeveloperCertificateDefaultHttpsTerminationEnabled = false,
        });
        var addresses = DashboardAddresses.Choose();
        builder.Configuration.AddInMemoryCollection(addresses.Settings);
        // The lab tells its own story of the start; of Aspire's, only what went wrong. Its warnings are about developer certificates, which nothing here uses.
        builder.Services.AddLogging(logging => logging.AddFilter((_, level) => level >= LogLevel.Error));
        builder.Services.AddSingleton(engine);
        _parts = new PartClient(deployment, folder, engine, (spec, _) => Task.FromResult(DeploymentModel.EngineName(deployment, spec)));
        new DeploymentModel(deployment, folder, new Readiness(deployment, _parts), owner).AddTo(builder);

        _application = builder.Build();
        note($"dashboard   {addresses.Login(builder.Configuration["AppHost:BrowserToken"])}");
        await _application.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken)
    {
        // Aspire stops containers one grace period after the other; there is nothing in a lab that has to be saved.
        var label = $"{LabLabels.Name}={labName}";
        var containers = (await engine.ListAsync(label, cancellationToken)).Where(container => LabLabels.AreOf(folder, container.Labels)).ToArray();
        await Task.WhenAll(containers.Select(container => engine.RemoveAsync(container.Id, cancellationToken)));
        await DisposeAsync();
        // Aspire's orchestrator removes its network some time after the application's end, and a killed one never does.
        foreach (var network in containers.SelectMany(container => container.Addresses.Keys).Distinct().Where(name => name.StartsWith(SessionNetwork, StringComparison.Ordinal)))
        {
            await engine.RemoveNetworkAsync(network, cancellationToken);
        }

        foreach (var volume in (await engine.ListVolumesAsync(label, cancellationToken)).Where(volume => LabLabels.AreOf(folder, volume.Labels)))
        {
            await engine.RemoveVolumeAsync(volume.Name, cancellationToken);
        }
    }

    /// <summary>Ends the application with its dashboard, and the network that it made.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync(CancellationToken.None);
            await application.DisposeAsync();
        }

        _parts?.Dispose();
    }
}
