namespace SynapseLab.Deployments.Compose;

/// <summary>What the Synapse services of one homeserver have in common, written once with an anchor.</summary>
/// <param name="Anchor">The anchor's name: <c>synapse</c>, or <c>synapse-hs1</c> where there are several homeservers.</param>
/// <param name="Comment">What it is.</param>
/// <param name="Service">The common keys.</param>
/// <param name="Containers">The services that refer to it.</param>
internal sealed record SharedBySynapse(
    string Anchor, string Comment, IReadOnlyDictionary<string, object?> Service, IReadOnlyList<ContainerSpec> Containers)
{
    // Keys that are the same for all processes of a homeserver by construction.
    private static readonly string[] Common = ["image", "user", "entrypoint", "volumes", "stop_grace_period"];

    public static IReadOnlyList<SharedBySynapse> Of(Deployment deployment)
    {
        var groups = new List<SharedBySynapse>();
        foreach (var homeserver in deployment.Homeservers)
        {
            var containers = deployment.Containers.Where(container => container.HomeserverKey == homeserver.Key).ToArray();
            if (containers.Length < 2)
            {
                continue;
            }

            var first = ComposeRenderer.Full(deployment, containers[0]);
            groups.Add(new SharedBySynapse(
                deployment.Homeservers.Count == 1 ? "synapse" : $"synapse-{homeserver.Key}",
                $"What all processes of {homeserver.ServerName} share.",
                first.Where(entry => Common.Contains(entry.Key)).ToDictionary(),
                containers));
        }

        return groups;
    }
}
