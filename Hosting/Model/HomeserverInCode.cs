using System.Text.Json;
using SynapseLab.Topologies;
using static System.FormattableString;

namespace SynapseLab.Hosting.Model;

/// <summary>A homeserver of a topology that is written in C#.</summary>
/// <param name="serverName">Its <c>server_name</c>, until it is given another.</param>
/// <param name="site">Where it was added.</param>
internal sealed class HomeserverInCode(string serverName, CodePlace site)
{
    private readonly List<(string Name, string Role, int? Count, CodePlace Site)> _workers = [];
    private readonly List<(string Stream, string Worker, CodePlace Site)> _writers = [];
    private readonly List<(string Name, object? Value, CodePlace Site)> _options = [];
    private (string Text, CodePlace Site) _serverName = (serverName, site);

    /// <summary>Whether anything was said but its name.</summary>
    public bool IsBare => _workers.Count + _writers.Count + _options.Count == 0;

    public void Name(string serverName, CodePlace site) => _serverName = (serverName, site);

    public void Workers(string name, string role, int? count, CodePlace site) => _workers.Add((name, role, count, site));

    public void Writer(string stream, string worker, CodePlace site) => _writers.Add((stream, worker, site));

    public void Option(string name, object? value, CodePlace site) => _options.Add((name, value, site));

    /// <summary>Its lines below <c>homeservers:</c> in a topology's file, each with where it was said.</summary>
    public IEnumerable<(string Text, CodePlace Site)> Lines()
    {
        yield return ($"  {Quoted(_serverName.Text)}:", _serverName.Site);
        yield return ("    main: {}", _serverName.Site);
        var workers = _workers.Select(worker => (Entry(worker.Name, Worker(worker.Role, worker.Count)), worker.Site));
        foreach (var line in Section("workers", workers))
        {
            yield return line;
        }

        // What a worker of such a role is for is said by its role: nobody would add one for it to be idle.
        var events = _writers.Exists(writer => writer.Stream == "events")
            ? []
            : Listed("stream_writers.events").Select(worker => (Stream: "events", Worker: worker.Name, worker.Site));
        var streams = events.Concat(_writers)
            .GroupBy(writer => writer.Stream)
            .Select(stream => (Entry(stream.Key, Quoted(stream.Select(writer => writer.Worker))), stream.Last().Site));
        foreach (var line in Section("stream_writers", streams))
        {
            yield return line;
        }

        var lists = WorkerRoles.All.Select(role => role.NeedsListingIn).OfType<string>().Distinct();
        foreach (var option in lists.Where(option => !option.StartsWith("stream_writers", StringComparison.Ordinal)))
        {
            if (Listed(option).ToArray() is { Length: > 0 } listed)
            {
                var names = listed.Length == 1 ? Quoted(listed[0].Name) : Quoted(listed.Select(worker => worker.Name));
                yield return ($"    {option}: {names}", listed[^1].Site);
            }
        }

        foreach (var line in Section("options", _options.Select(option => (Entry(option.Name, Quoted(option.Value)), option.Site))))
        {
            yield return line;
        }
    }

    private IEnumerable<(string Name, CodePlace Site)> Listed(string option) =>
        _workers.Where(worker => WorkerRoles.Find(worker.Role)?.NeedsListingIn == option).Select(worker => (worker.Name, worker.Site));

    private static IEnumerable<(string Text, CodePlace Site)> Section(string key, IEnumerable<(string Text, CodePlace Site)> entries)
    {
        var all = entries.ToArray();
        return all.Length == 0 ? [] : [($"    {key}:", all[0].Site), .. all.Select(entry => ($"      {entry.Text}", entry.Site))];
    }

    private static string Worker(string role, int? count) =>
        count is null ? $"{{role: {Quoted(role)}}}" : Invariant($"{{role: {Quoted(role)}, count: {count}}}");

    private static string Entry(string key, string value) => $"{Quoted(key)}: {value}";

    // JSON is YAML.
    private static string Quoted(object? value) => JsonSerializer.Serialize(value);
}
