using System.CommandLine;

namespace SynapseLab.Cli;

/// <summary>Options that several verbs share.</summary>
internal static class LabOptions
{
    /// <summary><c>--name LAB</c>: which running lab; the only one where it is left out.</summary>
    public static Option<string?> Name() => new("--name", "-n")
    {
        Description = "Name of the lab; the only running one where left out",
        HelpName = "LAB",
    };

    /// <summary><c>--homeserver NAME</c>: which homeserver of the lab, by server_name or short name; the first
    /// where it is left out.</summary>
    public static Option<string?> Homeserver() => new("--homeserver")
    {
        Description = "Which homeserver, by server_name or its first label; the first where left out",
        HelpName = "SERVER",
    };
}
