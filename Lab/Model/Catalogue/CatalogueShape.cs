using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Catalogue;

/// <summary>What may stand where in a file of the catalogue; docs/routing.md tells it with an example.</summary>
internal static class CatalogueShape
{
    private static readonly ChoiceShape Stream = new(
        "A stream.", "stream", [.. StreamRule.All.Select(stream => new Choice(stream.Name, "Its writers."))]);

    private static readonly ChoiceShape Caller = new("Who sends the requests.", "caller",
        [new("user", "A client, with an access token."), new("homeserver", "Another homeserver, with a signature."), new("anybody", "Somebody who says nothing about himself.")]);

    private static readonly EitherShape ServedBy = new("Who may serve the requests.", "main, any, single, media_repository, nobody, {stream: NAME} or {stream: NAME, otherwise: any}",
    [
        new ChoiceShape("A kind of process.", "server",
        [
            new("main", "The main process."), new("any", "Any worker."), new("single", "One and the same worker."),
            new("media_repository", "A media repository."), new("nobody", "The proxy refuses them."),
        ]),
        new MappingShape("The writers of a stream.",
        [
            new("stream", Stream, Missing: ("'stream' is missing", "Name one")),
            new("otherwise", new ChoiceShape("Who serves them where main writes the stream.", "server", [new("any", "Any worker.")])),
        ]),
    ]);

    private static readonly MappingShape Entry = new("Requests, and who serves them.",
    [
        Required("path", new TextShape("The paths, see PathPattern.")),
        Required("methods", new ListShape("In capitals.", "method",
            new ChoiceShape("A method.", "method", [.. new[] { "GET", "POST", "PUT", "DELETE", "OPTIONS", CatalogueEntry.AnyMethod }.Select(method => new Choice(method, "HTTP's."))]))),
        new("when", new DictionaryShape("A condition on the query.", "parameter", new TextShape("A parameter."), new TextShape("Its value, or absent."))),
        Required("served_by", ServedBy),
        new("needs", new TextShape("A Python package.")),
        new("needs_own_login", new TruthShape("Whether no process has it where users log in elsewhere.")),
        new("caller", Caller),
        new("affinity", AffinityWords.Shape),
        Required("since", new TextShape("The first release in which it holds whole, in quotes: 1.130 is another than 1.13.", "1\\.[0-9]+", "a release such as '1.54'")),
        Required("source", new TextShape("Section of docs/workers.md, or file of Synapse.")),
        new("note", new TextShape("Where documentation and code differ.")),
    ]);

    public static MappingShape File { get; } = new("A group of routes.",
    [
        Required("group", new TextShape("The group's name.")),
        Required("summary", new TextShape("What the requests do.")),
        new("caller", Caller),
        Required("affinity", AffinityWords.Shape),
        new("affinity_required", new TruthShape("Whether any other affinity is wrong.")),
        new("like", new TextShape("The group whose workers and affinity it takes.")),
        Required("entries", new ListShape("The entries.", "entry", Entry)),
    ]);

    private static Key Required(string name, Shape shape) => new(name, shape, ($"'{name}' is missing", "See docs/routing.md"));
}
