using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using DotNet.Testcontainers.Configurations;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Testcontainers;

/// <summary>
/// The lab's engine as Testcontainers wants it. By itself Testcontainers asks for API 1.44, which an older engine
/// (Debian 12's speaks 1.41) refuses, unless DOCKER_API_VERSION says otherwise for the whole process; a builder
/// takes the version from here.
/// </summary>
/// <param name="socket">Where the engine is.</param>
/// <param name="version">The newest version that it speaks: 1.41.</param>
internal sealed class TestcontainersEngine(EngineSocket socket, Version version) : IDockerEndpointAuthenticationConfiguration
{
    /// <inheritdoc/>
    public Version Version => version;

    /// <inheritdoc/>
    public Uri Endpoint { get; } = new(socket.Host);

    /// <inheritdoc/>
    public IAuthProvider AuthProvider => new DockerEndpointAuthenticationConfiguration(Endpoint).AuthProvider;

    /// <summary>Asks the engine for its version.</summary>
    public static async Task<TestcontainersEngine> OfAsync(IContainerEngine engine, CancellationToken cancellationToken) =>
        new(engine.Socket, Version.Parse((await engine.InfoAsync(cancellationToken)).ApiVersion));

    /// <inheritdoc/>
    public DockerClientBuilder GetDockerClientBuilder(Guid sessionId) =>
        new DockerEndpointAuthenticationConfiguration(Endpoint).GetDockerClientBuilder(sessionId).WithApiVersion(version);
}
