using System.Globalization;
using Microsoft.Extensions.Configuration;
using SynapseLab.Yaml;

namespace SynapseLab.AppHost;

/// <summary>What the command line and the configuration say of the lab. The command line wins.</summary>
/// <param name="Topology">Name of a topology, or a path to one: <c>reference</c>, <c>my.yaml</c>.</param>
/// <param name="Name">Name of the lab; null: the topology's.</param>
/// <param name="PortOffset">Added to every usual port; null: as little as other labs leave.</param>
/// <param name="EmptyDatabase">Whether main creates the schema, as in a new installation.</param>
/// <param name="Keep">Whether a lab that does not start is kept, and the dashboard with it, until Ctrl-C.</param>
internal sealed record LabArguments(string Topology, string? Name, int? PortOffset, bool EmptyDatabase, bool Keep)
{
    private const string DefaultTopology = "reference";
    private static readonly string[] Flags = ["empty-database", "keep"];
    private static readonly string[] Known = ["topology", "name", "ports", .. Flags];

    // Aspire's own, see DistributedApplicationBuilder.ConfigurePipelineOptions; `aspire publish` and its relatives give them.
    private static readonly string[] Aspires =
    [
        "operation", "publisher", "step", "list-steps", "output-path", "log-level", "include-exception-details", "clear-cache", "yes",
        "environment", "dcp-cli-path", "dcp-container-runtime", "dcp-dependency-check-timeout", "dcp-dashboard-path",
    ];

    /// <summary>Reads both.</summary>
    /// <param name="arguments">Of the program. What Aspire or .NET's configuration takes (<c>--operation run</c>,
    /// <c>--Logging:LogLevel:Default=Debug</c>) is let be.</param>
    /// <param name="configuration"><c>Lab:Topology</c> and so on.</param>
    /// <exception cref="LabException">A word that nobody knows, an option without value, a port offset that is no
    /// number (exit code 2).</exception>
    public static LabArguments Read(IReadOnlyList<string> arguments, IConfiguration configuration)
    {
        var given = OnCommandLine(arguments);
        var ports = Value("ports", "Ports");
        var offset = 0;
        if (ports is not null && (!int.TryParse(ports, NumberStyles.None, CultureInfo.InvariantCulture, out offset) || offset > 60000))
        {
            throw LabException.WrongUse($"--ports takes a number from 0 to 60000, not '{ports}'");
        }

        return new LabArguments(
            Value("topology", "Topology") ?? DefaultTopology,
            Value("name", "Name"),
            ports is null ? null : offset,
            bool.TryParse(Value(Flags[0], "EmptyDatabase"), out var empty) && empty,
            bool.TryParse(Value(Flags[1], "Keep"), out var keep) && keep);

        string? Value(string option, string key) => given.GetValueOrDefault(option) ?? configuration[$"Lab:{key}"];
    }

    private static Dictionary<string, string> OnCommandLine(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (option, value) = arguments[i].Split('=', 2) is [var before, var after] ? (before, after) : (arguments[i], null);
            var name = option.StartsWith("--", StringComparison.Ordinal) ? option[2..] : null;
            if (name is null || !(Known.Contains(name) || Aspires.Contains(name) || name.Contains(':', StringComparison.Ordinal)))
            {
                throw LabException.WrongUse(
                    $"unknown word '{arguments[i]}'",
                    fix: Spelling.SuggestAmong(option, Known.Select(known => $"--{known}"), "There are"));
            }

            value ??= Flags.Contains(name) ? bool.TrueString
                : i + 1 < arguments.Count ? arguments[++i]
                : throw LabException.WrongUse($"{option} takes a value");
            given[name] = value;
        }

        return given;
    }
}
