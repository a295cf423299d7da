using System.Text.RegularExpressions;

namespace SynapseLab.Runtimes.Folders;

/// <summary>Names of labs. They become part of container, network and folder names.</summary>
public static partial class LabName
{
    /// <summary>Returns the name if it may be one.</summary>
    /// <exception cref="LabException">It may not (exit code 2).</exception>
    public static string Check(string name) => Allowed().IsMatch(name)
        ? name
        : throw LabException.WrongUse(
            $"'{name}' can't be the name of a lab",
            fix: "Give it one with --name: up to 40 small letters, digits and hyphens, beginning with a letter");

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex Allowed();
}
