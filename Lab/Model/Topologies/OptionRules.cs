using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>What is wrong with <c>options</c> beside the keys that are the lab's own: those that Synapse passes over in silence,
/// and those that would break what the lab runs.</summary>
/// <param name="problems">Gets what is wrong.</param>
/// <param name="files">Names of the files that the topology brings in for this homeserver.</param>
/// <param name="synapseIsTheLabs">Whether the topology names no Synapse of its own: only then is it known which options it reads.</param>
internal sealed class OptionRules(FileProblems problems, IReadOnlyList<string> files, bool synapseIsTheLabs)
{
    // Where Postgres is and who asks it. Whatever else psycopg2 and Twisted's pool take is the user's: cp_min, cp_max, keepalives,
    // statement timeouts.
    private static readonly string[] Connection = ["host", "hostaddr", "port", "dbname", "database", "user", "password", "passfile", "sslmode"];

    public void Check(IReadOnlyList<YamlEntry> options)
    {
        foreach (var option in options)
        {
            if (synapseIsTheLabs && !OwnedOptions.Instead.ContainsKey(option.Key))
            {
                CheckKnown(option);
            }

            if (option.Key == "database")
            {
                CheckDatabase(option);
            }

            if (option.Key == "log_config" && !(option.Value is YamlScalar { Text: var path } && IsFile(path)))
            {
                problems.Add(
                    option.Line,
                    "'log_config' has to be a file that the topology brings in",
                    $"Add it under 'files' and write {ExtraFile.Path}/NAME");
            }

            CheckFiles(option.Value);
        }
    }

    private void CheckKnown(YamlEntry option)
    {
        if (!SynapseOptions.Known.Contains(option.Key))
        {
            problems.Add(
                option.Line, $"Synapse {SynapseOptions.Version} reads no option '{option.Key}'", Suggest(option.Key, SynapseOptions.Known));
            return;
        }

        if (SynapseOptions.In(option.Key) is not { } known || option.Value is not YamlMapping mapping)
        {
            return;
        }

        foreach (var inner in mapping.Entries.Where(inner => !known.Contains(inner.Key)))
        {
            problems.Add(
                inner.Line, $"Synapse {SynapseOptions.Version} reads no '{inner.Key}' in '{option.Key}'", Suggest(inner.Key, known));
        }

        if (option.Key == "experimental_features" && mapping["msc3861"] is YamlMapping { Entries.Count: > 0 } removed)
        {
            problems.Add(
                removed.Line,
                "Synapse has no 'msc3861' since 1.157 and does not start with it",
                "Use 'matrix_authentication_service', or name an older version under 'synapse'");
        }
    }

    // All of them are hundreds.
    private static string Suggest(string word, IEnumerable<string> known) => Spelling.Nearest(word, known) is { } near
        ? $"Did you mean '{near}'?"
        : "See Synapse's configuration manual; for an option of another Synapse, name its version under 'synapse'";

    private void CheckDatabase(YamlEntry option)
    {
        const string Instead = "The lab runs Postgres itself; 'database: {args: ...}' takes cp_min, cp_max and other settings of the connections";
        foreach (var entry in (option.Value as YamlMapping)?.Entries.Where(entry => entry.Key != "args") ?? [])
        {
            problems.Add(entry.Line, $"'{entry.Key}' is written by the lab and cannot stand in 'database'", Instead);
        }

        foreach (var entry in option.Value.Entries("args").Where(entry => Connection.Contains(entry.Key)))
        {
            problems.Add(entry.Line, $"'{entry.Key}' is written by the lab and cannot stand in 'database.args'", Instead);
        }

        if (option.Value is not YamlMapping)
        {
            problems.Add(option.Line, "'database' has to be a mapping", Instead);
        }
        else if (option.Value.Child("args").Child("cp_max") is { } most && YamlValues.ToValue(most) is not long)
        {
            problems.Add(most.Line, "'cp_max' has to be a whole number");
        }
    }

    // Synapse tells of a file that is not there in a traceback, at its start.
    private void CheckFiles(YamlNode node)
    {
        switch (node)
        {
            case YamlScalar { Text: var text } scalar when text.StartsWith($"{ExtraFile.Path}/", StringComparison.Ordinal) && !IsFile(text) && !IsFolder(text):
                problems.Add(scalar.Line, $"the topology brings in no file '{text[(ExtraFile.Path.Length + 1)..]}'", files.Count == 0 ? "Add it under 'files', directly under the homeserver" : Spelling.Suggest(text[(ExtraFile.Path.Length + 1)..], files));
                break;
            case YamlList list:
                foreach (var item in list.Items)
                {
                    CheckFiles(item);
                }

                break;
            case YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    CheckFiles(entry.Value);
                }

                break;
        }
    }

    private bool IsFile(string path) => files.Any(file => path == $"{ExtraFile.Path}/{file}");

    private bool IsFolder(string path) =>
        files.Any(file => $"{ExtraFile.Path}/{file}".StartsWith($"{path.TrimEnd('/')}/", StringComparison.Ordinal));
}
