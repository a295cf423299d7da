using System.Globalization;
using SynapseLab.Plans;

namespace SynapseLab.Deployments.Pictures;

/// <summary>Puts the processes of a deployment into rows: a homeserver with many processes has rows of its own,
/// small ones share one.</summary>
internal static class PictureLayout
{
    public const double Margin = 56;
    public const double MinimumWidth = 840;
    public const double BoxWidth = 132;
    public const double BoxHeight = 74;
    public const double Gap = 10;
    private const int BoxesPerRow = 7;

    public static IReadOnlyList<PictureRow> Rows(Deployment deployment)
    {
        var rows = new List<PictureRow>();
        var shared = new List<PictureGroup>();
        foreach (var homeserver in deployment.Homeservers)
        {
            var processes = homeserver.Processes.Select(process => new PictureProcess(process, homeserver)).ToArray();
            if (processes.Length == 1)
            {
                shared.Add(new PictureGroup(homeserver.ServerName, processes));
                continue;
            }

            // Rows of one homeserver are equally long, give or take one.
            var count = (processes.Length + BoxesPerRow - 1) / BoxesPerRow;
            var perRow = (processes.Length + count - 1) / count;
            rows.AddRange(processes.Chunk(perRow).Select((chunk, index) =>
                new PictureRow([new PictureGroup(index == 0 ? homeserver.ServerName : $"{homeserver.ServerName} (continued)", chunk)])));
        }

        rows.AddRange(shared.Chunk(BoxesPerRow).Select(chunk => new PictureRow(chunk)));
        return rows;
    }
}

/// <summary>Processes of one homeserver that stand side by side inside one frame.</summary>
internal sealed record PictureGroup(string Label, IReadOnlyList<PictureProcess> Processes)
{
    public double Width => (Processes.Count * (PictureLayout.BoxWidth + PictureLayout.Gap)) + PictureLayout.Gap;
}

/// <summary>One row of boxes with its buses above and below; offsets count from the row's top.</summary>
internal sealed record PictureRow(IReadOnlyList<PictureGroup> Groups)
{
    private const double BoxOffset = 44;

    public double Width => Groups.Sum(group => group.Width) + ((Groups.Count - 1) * PictureLayout.Gap);

    public double BlueBus => 32;

    public double FederationBus => 24;

    public double ReplicationBus => BoxOffset + PictureLayout.BoxHeight + 12;

    public double SqlBus => BoxOffset + PictureLayout.BoxHeight + 22;

    public double RedisBus => BoxOffset + PictureLayout.BoxHeight + 32;

    public double Height => BoxOffset + PictureLayout.BoxHeight + 42;

    public IEnumerable<(double X, double Width, string Label)> Frames(double left)
    {
        foreach (var group in Groups)
        {
            yield return (left, group.Width, group.Label);
            left += group.Width + PictureLayout.Gap;
        }
    }

    public IEnumerable<(Box Box, PictureProcess Process)> Boxes(double left, double top)
    {
        foreach (var group in Groups)
        {
            var x = left + PictureLayout.Gap;
            foreach (var process in group.Processes)
            {
                yield return (new Box(x, top + BoxOffset, PictureLayout.BoxWidth, PictureLayout.BoxHeight), process);
                x += PictureLayout.BoxWidth + PictureLayout.Gap;
            }

            left += group.Width + PictureLayout.Gap;
        }
    }
}

/// <summary>What the picture says about one process.</summary>
internal sealed record PictureProcess(SynapseProcess Process, Homeserver Homeserver)
{
    public bool ServesRequests => Process.Resources.Any(resource => resource != "health");

    public bool SendsFederation => Homeserver.Topology.FederationSenderInstances is { Count: > 0 } senders
        ? senders.Contains(Process.Name)
        : Process.IsMain;

    /// <summary>Short statements, the most telling first; two of them fit.</summary>
    public IReadOnlyList<string> Duties
    {
        get
        {
            var duties = new List<string>();
            var streams = Homeserver.Topology.StreamWriters
                .Where(stream => stream.Value.Contains(Process.Name))
                .Select(stream => stream.Key)
                .ToArray();
            if (streams.Length > 0)
            {
                duties.Add(streams.Length > 2 ? $"writes {streams.Length} streams" : $"writes {string.Join(", ", streams)}");
            }

            if (!Process.IsMain && SendsFederation)
            {
                duties.Add("sends federation");
            }

            if (Process.IsMain)
            {
                duties.Add(Homeserver.Processes.Count == 1 ? "does everything" : "serves what is left");
            }
            else if (ServesRequests && duties.Count == 0)
            {
                duties.Add(Process.Worker!.Role.RouteGroups is ["*"] or []
                    ? string.Join(" and ", Process.Resources)
                    : string.Join(", ", Process.Worker.Role.RouteGroups.Take(2)).Replace('_', ' '));
            }
            else if (duties.Count == 0)
            {
                duties.Add(Process.Worker!.Role.Name.Replace('_', ' '));
            }

            return duties;
        }
    }

    /// <summary>Ports: <c>:8101</c>, with replication <c>:8104, repl :9104</c>.</summary>
    public string Listening => Process.HttpSocket is not null ? Process.ReplicationSocket is null ? "client.sock" : "client and replication.sock" : Process.ReplicationPort is { } replication
        ? string.Create(CultureInfo.InvariantCulture, $":{Process.HttpPort} repl :{replication}")
        : string.Create(CultureInfo.InvariantCulture, $":{Process.HttpPort}");
}

/// <summary>A rectangle in the picture, in SVG user units.</summary>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;

    public double MiddleX => X + (Width / 2);

    public double MiddleY => Y + (Height / 2);
}
