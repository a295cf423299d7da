namespace SynapseLab.Deployments.Pictures;

/// <summary>Draws one row: the frames of its homeservers, a bus for each kind of traffic, and the processes in front of them.</summary>
internal sealed class PictureRowDrawing
{
    private readonly SvgText _svg;
    private readonly PictureSheet _sheet;
    private readonly PictureRow _row;
    private readonly double _top;
    private readonly (Box Box, PictureProcess Process)[] _boxes;
    private readonly HashSet<Box> _replicated;

    public PictureRowDrawing(SvgText svg, PictureSheet sheet, PictureRow row, double top)
    {
        (_svg, _sheet, _row, _top) = (svg, sheet, row, top);
        _boxes = [.. row.Boxes(Left, top)];
        // A homeserver of one process has nobody to talk to over Redis.
        _replicated = [.. _boxes.Where(box => sheet.HasRedis && box.Process.Homeserver.Processes.Count > 1).Select(box => box.Box)];
    }

    private double Left => (_sheet.Width - _row.Width) / 2;

    public void Draw(IReadOnlyDictionary<string, double>? utilisation)
    {
        foreach (var frame in _row.Frames(Left))
        {
            _svg.Frame(frame.X, _top, frame.Width, _row.Height, frame.Label);
        }

        DrawProxied();
        DrawFederation();
        DrawReplication();
        DrawStoreBuses();
        foreach (var (box, process) in _boxes)
        {
            DrawToStores(box);
            DrawProcess(box, process, utilisation);
        }
    }

    private void DrawProxied()
    {
        var bus = _top + _row.BlueBus;
        var served = _boxes.Where(box => box.Process.ServesRequests).Select(box => box.Box).ToArray();
        if (served.Length > 0)
        {
            _svg.Line(PictureColours.Proxied, (_sheet.ProxiedTrunk, bus), (served[^1].MiddleX, bus));
        }

        foreach (var box in served)
        {
            _svg.Arrow(PictureColours.Proxied, (box.MiddleX, bus), (box.MiddleX, box.Y));
        }
    }

    private void DrawFederation()
    {
        var bus = _top + _row.FederationBus;
        foreach (var (box, _) in _boxes.Where(box => box.Process.SendsFederation))
        {
            _svg.Line(PictureColours.Federation, (box.Right - 14, box.Y), (box.Right - 14, bus), (_sheet.FederationTrunk, bus));
        }
    }

    private void DrawReplication()
    {
        var bus = _top + _row.ReplicationBus;
        var writers = _boxes.Where(box => box.Process.Process.ReplicationPort is not null).Select(box => box.Box.MiddleX + 16).ToArray();
        if (writers.Length == 0 || _boxes.Length == 1)
        {
            return;
        }

        _svg.Line(PictureColours.Replication, (Math.Min(_boxes[0].Box.MiddleX + 16, writers[0]), bus), (_boxes[^1].Box.MiddleX + 16, bus));
        foreach (var x in writers)
        {
            _svg.Arrow(PictureColours.Replication, (x, bus), (x, _boxes[0].Box.Bottom));
        }
    }

    private void DrawStoreBuses()
    {
        var (sql, redis) = (_top + _row.SqlBus, _top + _row.RedisBus);
        _svg.Line(PictureColours.Sql, (_boxes[0].Box.MiddleX - 32, sql), (_sheet.SqlTrunk, sql));
        if (_replicated.Count > 0)
        {
            _svg.Line(PictureColours.Redis, (_replicated.Min(box => box.MiddleX) - 16, redis), (_sheet.RedisTrunk, redis));
        }
    }

    private void DrawToStores(Box box)
    {
        _svg.Line(PictureColours.Sql, (box.MiddleX - 32, box.Bottom), (box.MiddleX - 32, _top + _row.SqlBus));
        if (_replicated.Contains(box))
        {
            _svg.Line(PictureColours.Redis, (box.MiddleX - 16, box.Bottom), (box.MiddleX - 16, _top + _row.RedisBus));
        }
    }

    private void DrawProcess(Box box, PictureProcess process, IReadOnlyDictionary<string, double>? utilisation)
    {
        var (id, name) = (process.Process.Id, process.Process.Name);
        var border = process.SendsFederation ? PictureColours.Federation : "#444";
        _svg.Rectangle(box, PictureColours.Fill(utilisation, id), border);
        _svg.Text(box.MiddleX, box.Y + 17, name, name.Length > 17 ? 10.5 : 12, bold: true);
        foreach (var (index, duty) in process.Duties.Take(2).Index())
        {
            _svg.Text(box.MiddleX, box.Y + 33 + (index * 13), duty, 10);
        }

        _svg.Text(box.MiddleX, box.Bottom - 7, process.Listening + PictureColours.Share(utilisation, id), 9.5, colour: "#555");
    }
}
