namespace SynapseLab.Deployments.Defaults;

/// <summary>A value that the lab sets and that a program has otherwise by default. docs/defaults.md is made of these,
/// and a test holds them equal to what is rendered.</summary>
/// <param name="Program">Whose: <c>Synapse</c>, <c>Postgres</c>, <c>Redis</c>, <c>nginx</c>, <c>HAProxy</c>.</param>
/// <param name="Settings">Its name in that program's own files, nested ones with dots: <c>federation.max_long_retries</c>.
/// Several where one reason serves all.</param>
/// <param name="Default">What the program does without it.</param>
/// <param name="Lab">The rendered value; in words where it depends on the topology or there are several settings.</param>
/// <param name="Why">What it takes away: a limit, waiting, work that shows nowhere; or what could not be shown without it.</param>
/// <param name="Changes">What somebody who tries a fault or measures has to know of it.</param>
internal sealed record ChangedDefault(
    string Program, IReadOnlyList<string> Settings, string Default, string Lab, string Why, string Changes)
{
    /// <summary>A single setting.</summary>
    public ChangedDefault(string program, string setting, string programsOwn, string lab, string why, string changes)
        : this(program, [setting], programsOwn, lab, why, changes)
    {
    }

    /// <summary>Whether <see cref="Lab"/> is the very value that is rendered; otherwise words.</summary>
    public bool IsExact { get; init; } = true;
}
