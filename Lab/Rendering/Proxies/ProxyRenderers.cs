namespace SynapseLab.Proxies;

/// <summary>The proxies the lab knows. A new one is one class, registered here.</summary>
public static class ProxyRenderers
{
    /// <summary>All of them; the default first.</summary>
    public static IReadOnlyList<IProxyRenderer> All { get; } = [new NginxRenderer(), new HaproxyRenderer()];

    /// <summary>The renderer for a topology's <c>proxy.kind</c>.</summary>
    /// <exception cref="LabException">Exit code 2: there is none of that kind.</exception>
    public static IProxyRenderer For(string kind) =>
        All.FirstOrDefault(renderer => renderer.Kind == kind)
        ?? throw LabException.WrongUse(
            $"unknown proxy '{kind}'",
            fix: $"Use one of: {string.Join(", ", All.Select(renderer => renderer.Kind))}");
}
