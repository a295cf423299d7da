namespace SynapseLab.Tests.Architecture;

/// <summary>A place in the code where one namespace names something of another.</summary>
/// <param name="From">The namespace that names it: <c>SynapseLab.Deployments</c>.</param>
/// <param name="To">The namespace of what is named: <c>SynapseLab.Plans</c>.</param>
/// <param name="What">What is named: <c>Homeserver</c>.</param>
/// <param name="Place">File and line: <c>Lab/Rendering/Deployments/Deployment.cs:21</c>.</param>
internal sealed record Arrow(string From, string To, string What, string Place)
{
    public override string ToString() => $"{Place}: {From} names {What} of {To}";
}
