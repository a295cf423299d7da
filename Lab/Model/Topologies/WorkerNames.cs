using SynapseLab.Conventions;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Resolves references to workers: names of instances, of groups, or <c>main</c>.</summary>
internal sealed class WorkerNames(FileProblems problems, WorkerGroups workers)
{
    public WorkerGroups Workers => workers;

    /// <summary>The instances that an option names, groups expanded in place; empty where the option is absent.</summary>
    public IReadOnlyList<string> Several(YamlNode homeserver, string option, string otherwise)
    {
        if (homeserver.Child(option) is not { } node)
        {
            return [];
        }

        var names = Resolve(option, node);
        if (node is YamlList { Items.Count: 0 } or YamlScalar { Text: "" })
        {
            problems.Add(
                node.Line, $"'{option}' names nobody: {otherwise}", "Name workers, or remove the key for the main process to do it");
        }

        return names;
    }

    /// <summary>The one worker that an option names; null for main or where the option is absent.</summary>
    public string? One(YamlNode homeserver, string option)
    {
        if (homeserver.Child(option) is not YamlScalar scalar || scalar.Text.Length == 0)
        {
            return null;
        }

        var names = Resolve(option, scalar);
        if (names.Count > 1)
        {
            problems.Add(
                scalar.Line,
                $"'{option}' takes exactly one worker, '{scalar.Text}' stands for {names.Count}",
                $"Name one of {string.Join(", ", names)}");
        }

        return names.Count == 1 && names[0] != MainName.Lab ? names[0] : null;
    }

    /// <summary>The instances that a name or list of names stands for. Unknown names and repetitions are reported.</summary>
    public IReadOnlyList<string> Resolve(string option, YamlNode node)
    {
        var resolved = new List<string>();
        foreach (var name in node.Names())
        {
            if (name.Text == "master")
            {
                problems.Add(
                    name.Line, "the main process is called 'main' here; the lab writes 'master' where Synapse wants that", "Write 'main'");
                continue;
            }

            var instances = name.Text == MainName.Lab ? [MainName.Lab] : workers.Find(name.Text);
            if (instances is null)
            {
                problems.Add(
                    name.Line,
                    $"'{option}' names '{name.Text}', and there is no such worker",
                    Spelling.Suggest(name.Text, workers.Known.Append(MainName.Lab)));
                continue;
            }

            foreach (var instance in instances)
            {
                if (resolved.Contains(instance))
                {
                    problems.Add(name.Line, $"'{option}' names '{instance}' twice", "Remove one of them");
                }
                else
                {
                    resolved.Add(instance);
                }
            }
        }

        return resolved;
    }
}
