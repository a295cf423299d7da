namespace SynapseLab.Deployments.Pictures;

/// <summary>Where everything stands: what is outside above the proxy, rows of processes below it, stores at the bottom.</summary>
internal sealed class PictureSheet
{
    private const double StoreWidth = 180;
    private const double StoreHeight = 46;

    public PictureSheet(Deployment deployment)
    {
        var rows = PictureLayout.Rows(deployment);
        HasRedis = deployment.Containers.Any(container => container.Kind == ContainerKind.Redis);
        Width = Math.Max(PictureLayout.MinimumWidth, rows.Max(row => row.Width) + (2 * PictureLayout.Margin));
        Clients = new Box((Width / 2) - 220, 14, StoreWidth, StoreHeight);
        Remotes = new Box((Width / 2) + 40, 14, StoreWidth, StoreHeight);
        Proxy = new Box((Width - 300) / 2, 96, 300, 54);
        var placed = new List<(PictureRow Row, double Top)>();
        var y = Proxy.Bottom + 34;
        foreach (var row in rows)
        {
            placed.Add((row, y));
            y += row.Height + 18;
        }

        Rows = placed;
        Postgres = new Box((Width / 2) + (HasRedis ? 40 : -90), y + 14, StoreWidth, StoreHeight);
        Redis = new Box((Width / 2) - 220, y + 14, StoreWidth, StoreHeight);
        Height = Postgres.Bottom + 46;
    }

    public bool HasRedis { get; }

    public double Width { get; }

    public double Height { get; }

    public Box Clients { get; }

    public Box Remotes { get; }

    public Box Proxy { get; }

    public IReadOnlyList<(PictureRow Row, double Top)> Rows { get; }

    public Box Postgres { get; }

    public Box Redis { get; }

    // One trunk per kind of traffic, at the edges, so that lines never cross a box.

    public double ProxiedTrunk => PictureLayout.Margin - 22;

    public double FederationTrunk => Width - PictureLayout.Margin + 14;

    public double SqlTrunk => Width - PictureLayout.Margin + 26;

    public double RedisTrunk => Width - PictureLayout.Margin + 38;
}
