using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Topologies;

namespace SynapseLab.Proxies;

/// <summary>Writes a reverse proxy's configuration for all homeservers of a lab. Pure: the same input gives the same bytes.</summary>
public interface IProxyRenderer
{
    /// <summary>The word for it in topologies: <c>nginx</c>.</summary>
    string Kind { get; }

    /// <summary>Its image out of the set.</summary>
    string ImageOf(ImageSet images);

    /// <summary>The container's command: runs in the foreground as any user, logs to stdout and stderr.</summary>
    IReadOnlyList<string> Command { get; }

    /// <summary>
    /// The configuration, as files below <c>proxy/</c> of the lab's folder (mounted at <see cref="LabPaths.ProxyConfig"/>).
    /// Certificates are expected at <c>proxy/certs/{server name}.crt</c> and <c>.key</c>.
    /// </summary>
    /// <param name="homeservers">In topology order; homeserver k (from 0) gets client port <c>8008 + k</c>.</param>
    /// <param name="proxy">Affinity by route group.</param>
    /// <returns>At least one file, ordinal by path.</returns>
    IReadOnlyList<LabFile> Render(IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy);
}
