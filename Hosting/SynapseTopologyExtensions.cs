using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using SynapseLab;
using SynapseLab.Hosting.Model;
using SynapseLab.Topologies;

namespace Aspire.Hosting;

/// <summary>
/// Describes a topology in C#, in the words of Synapse's own configuration and under the rules of topology files. A topology may be
/// incomplete between two calls; mistakes are told, with the place in the program, when the application starts.
/// </summary>
public static class SynapseTopologyExtensions
{
    /// <summary>
    /// Adds workers. Where Synapse has to name a worker of that role to have it work (<c>federation_sender_instances</c>,
    /// <c>pusher_instances</c>, the writers of <c>events</c>), it is named.
    /// </summary>
    /// <param name="synapse">The homeserver.</param>
    /// <param name="role">The role: <c>generic_worker</c>, <c>event_persister</c>, <c>federation_sender</c>, <c>synchrotron</c>.</param>
    /// <param name="count">How many.</param>
    /// <param name="name">What their names begin with: <c>generic_worker</c> makes generic_worker1 to
    /// generic_worker3; null: the role.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<SynapseResource> WithWorkers(
        this IResourceBuilder<SynapseResource> synapse,
        string role,
        int count = 1,
        string? name = null,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        synapse.Say(new CodePlace(file, line), (homeserver, site) => homeserver.Workers(name ?? role, role, count, site));

    /// <summary>Adds one worker of a name of its own.</summary>
    /// <param name="synapse">The homeserver.</param>
    /// <param name="name">Synapse's <c>worker_name</c>: <c>receipts_writer</c>.</param>
    /// <param name="role">Its role: <c>stream_writer</c>.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<SynapseResource> WithWorker(
        this IResourceBuilder<SynapseResource> synapse,
        string name,
        string role,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        synapse.Say(new CodePlace(file, line), (homeserver, site) => homeserver.Workers(name, role, null, site));

    /// <summary>Has a worker write a stream in place of main (Synapse's <c>stream_writers</c>). A stream with several writers takes one
    /// call for each; the order decides the sharding.</summary>
    /// <param name="synapse">The homeserver.</param>
    /// <param name="stream">The stream: <c>events</c>, <c>receipts</c>, <c>typing</c>.</param>
    /// <param name="worker">A worker, or what the names of several begin with.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<SynapseResource> WithStreamWriter(
        this IResourceBuilder<SynapseResource> synapse,
        string stream,
        string worker,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        synapse.Say(new CodePlace(file, line), (homeserver, site) => homeserver.Writer(stream, worker, site));

    /// <summary>Sets an option of homeserver.yaml. It wins over what the lab would write.</summary>
    /// <param name="synapse">The homeserver.</param>
    /// <param name="name">The option: <c>enable_registration_captcha</c>.</param>
    /// <param name="value">Text, a number, true or false, null, or lists and dictionaries of them.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<SynapseResource> WithOption(
        this IResourceBuilder<SynapseResource> synapse,
        string name,
        object? value,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        synapse.Say(new CodePlace(file, line), (homeserver, site) => homeserver.Option(name, value, site));

    /// <summary>Gives the homeserver another <c>server_name</c>, also after <c>WithTopology</c>.</summary>
    /// <param name="synapse">The homeserver.</param>
    /// <param name="serverName">A host name in lower case without a port: <c>matrix.test</c>. The proxy answers to it on the
    /// application's network.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    /// <exception cref="LabException">The homeserver comes from the topology of a federation (exit code 2).</exception>
    public static IResourceBuilder<SynapseResource> WithServerName(
        this IResourceBuilder<SynapseResource> synapse,
        string serverName,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(synapse);
        var plan = ((ISynapseResource)synapse.Resource).Plan;
        plan.Rename(synapse.Resource, serverName, new CodePlace(file, line));
        plan.Refresh();
        return synapse;
    }

    /// <summary>Chooses the reverse proxy: <c>nginx</c>, which it is without this call, or <c>haproxy</c>.</summary>
    /// <param name="synapse">The homeserver or federation.</param>
    /// <param name="kind">Which program.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<T> WithProxy<T>(
        this IResourceBuilder<T> synapse,
        string kind,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
        where T : ISynapseResource =>
        synapse.Say(new CodePlace(file, line), (topology, site) => topology.Proxy(kind, site));

    /// <summary>Says what decides which worker of several serves a request.</summary>
    /// <param name="synapse">The homeserver or federation.</param>
    /// <param name="group">A group of routes (<c>./lab routes</c> lists them), or <c>default</c>.</param>
    /// <param name="affinity"><c>user</c>, <c>room</c>, <c>source_ip</c>, <c>origin</c> or <c>none</c>.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<T> WithAffinity<T>(
        this IResourceBuilder<T> synapse, string group, string affinity, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : ISynapseResource =>
        synapse.Say(new CodePlace(file, line), (topology, site) => topology.Affinity(group, affinity, site));

    /// <summary>Puts main and workers of a homeserver into one container, which starts in a fraction of the time with half the memory,
    /// or into one each, as without this call.</summary>
    /// <param name="synapse">The homeserver or federation.</param>
    /// <param name="packing">How.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    public static IResourceBuilder<T> WithPacking<T>(
        this IResourceBuilder<T> synapse,
        Packing packing,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
        where T : ISynapseResource =>
        synapse.Say(new CodePlace(file, line), (topology, site) => topology.Pack(packing, site));

    private static IResourceBuilder<SynapseResource> Say(
        this IResourceBuilder<SynapseResource> synapse, CodePlace site, Action<HomeserverInCode, CodePlace> say)
    {
        ArgumentNullException.ThrowIfNull(synapse);
        var plan = ((ISynapseResource)synapse.Resource).Plan;
        plan.Say(synapse.Resource, site, homeserver => say(homeserver, site));
        plan.Refresh();
        return synapse;
    }

    private static IResourceBuilder<T> Say<T>(this IResourceBuilder<T> synapse, CodePlace site, Action<TopologyInCode, CodePlace> say)
        where T : ISynapseResource
    {
        ArgumentNullException.ThrowIfNull(synapse);
        var plan = synapse.Resource.Plan;
        plan.Say(site, topology => say(topology, site));
        plan.Refresh();
        return synapse;
    }
}
