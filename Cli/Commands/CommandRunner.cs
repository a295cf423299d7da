using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using SynapseLab.Yaml;

namespace SynapseLab.Cli.Commands;

/// <summary>Runs a command line: parses it, runs the verb, and turns what went wrong into lines and an exit code.</summary>
/// <param name="services">Terminal and machine.</param>
/// <param name="commands">The verbs.</param>
public sealed partial class CommandRunner(LabServices services, IReadOnlyList<ILabCommand> commands)
{
    /// <summary>Runs it.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <returns>0, 1 or 2, see <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show stack traces of errors", Recursive = true };
        // A RootCommand would call itself after the assembly; people type ./lab.
        var root = new Command("./lab", "A real multi-worker Matrix Synapse on one machine.")
        {
            verbose,
            new HelpOption { Recursive = true },
        };
        foreach (var command in commands)
        {
            root.Subcommands.Add(command.Build(services));
        }

        var parsed = root.Parse(AskingForHelp(arguments), new ParserConfiguration
        {
            // The library would take @alice:hs1.test for a file with further arguments.
            ResponseFileTokenReplacer = null,
        });
        if (FirstError(parsed, arguments) is { } wrong)
        {
            services.Error.WriteLine($"{Failure.Prefix}{wrong}{(wrong.EndsWith('?') ? "" : ".")} See {Path(parsed.CommandResult)}--help");
            return ExitCodes.WrongUse;
        }

        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = services.Output,
                Error = services.Error,
                EnableDefaultExceptionHandler = false,
                // Signals are Program's: taking a lab down needs longer than the library's two seconds.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception e)
        {
            var interrupted = cancellationToken.IsCancellationRequested;
            var exitCode = Failure.Of(e, interrupted).WriteTo(services.Error);
            // Ctrl-C is no error.
            if (parsed.GetValue(verbose) && !(interrupted && e is OperationCanceledException))
            {
                services.Error.WriteLine(e);
            }

            return exitCode;
        }
    }

    // ./lab help scenario run is ./lab scenario run --help.
    private static IReadOnlyList<string> AskingForHelp(IReadOnlyList<string> arguments) => arguments switch
    {
        [] => ["--help"],
        [HelpCommand.Verb, ..] => [.. arguments.Skip(1).Where(word => word is not ("--help" or "-h")), "--help"],
        _ => arguments,
    };

    private static string? FirstError(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var command = parsed.CommandResult.Command;
        // The library repeats itself: an unknown word gives an error of its own and one about the missing verb.
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.FirstOrDefault(word => !word.StartsWith('-')) is { } verb)
        {
            return $"unknown verb '{verb}'{Meant(verb, command.Subcommands.Select(known => known.Name))}";
        }

        if (UnknownOption(parsed, arguments) is { } option)
        {
            return $"unknown option '{option}'{Meant(option, OptionsOf(parsed.CommandResult))}";
        }

        return parsed.Errors.FirstOrDefault() is { } error
            ? WrongKind().Replace(error.Message.TrimEnd('.').ReplaceLineEndings(" "), TakesKind)
            : null;
    }

    // What is no option the library gives to the next argument, if one is wanted: "user --admn alice" would register --admn.
    private static string? UnknownOption(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        // What comes after -- is meant as it stands, and a statement of SQL may begin with a comment.
        var meant = arguments.SkipWhile(word => word != "--").ToArray();
        if (!parsed.CommandResult.Command.TreatUnmatchedTokensAsErrors)
        {
            return null;
        }

        var taken = parsed.CommandResult.Command.Arguments
            .SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? [])
            .Select(token => token.Value);
        return taken.Concat(parsed.UnmatchedTokens).FirstOrDefault(word =>
            word.StartsWith('-') && word.Length > 1 && !word.Any(char.IsWhiteSpace) && !meant.Contains(word));
    }

    // A verb's own options, and those of all verbs.
    private static IEnumerable<string> OptionsOf(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            foreach (var option in command.Command.Options.Where(option => !option.Hidden && (command == result || option.Recursive)))
            {
                yield return option.Name;
            }
        }
    }

    private static string Meant(string word, IEnumerable<string> known) =>
        Spelling.Nearest(word, known) is { } nearest ? $". Did you mean '{nearest}'?" : "";

    // The library says "Cannot parse argument 'x' for option '--tail' as expected type 'System.Nullable`1[System.Int32]'."
    [GeneratedRegex(
        "^Cannot parse argument '(?<word>.*)' for (option|argument) '(?<name>[^']*)' as expected type '(?<type>[^']*)'$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex WrongKind();

    private static string TakesKind(Match match)
    {
        var kind = match.Groups["type"].Value.Contains("Int", StringComparison.Ordinal) ? "whole number" : "number";
        return $"{match.Groups["name"].Value} takes a {kind}, not '{match.Groups["word"].Value}'";
    }

    private static string Path(CommandResult result)
    {
        var words = new List<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            words.Insert(0, command.Command.Name + " ");
        }

        return string.Concat(words);
    }
}
