using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SynapseLab.Runtimes.Collecting;

/// <summary>Secrets that a user wrote into YAML: into a topology's options, an application service's registration,
/// a module's configuration.</summary>
internal static partial class SecretOptions
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Redacted = "redacted";

    /// <summary>Leaves the values of secrets out of a file; its other text stays as it is, comments too.</summary>
    /// <param name="text">YAML, or JSON. Of a file that can't be read as such, lines that look like an assignment count.</param>
    /// <param name="secrets">Takes the values that were left out.</param>
    public static string Redact(string text, ICollection<string> secrets)
    {
        var found = new List<Scalar>();
        try
        {
            Find(text, found);
        }
        catch (YamlException)
        {
            return Assignment().Replace(text, match =>
            {
                secrets.Add(match.Groups["value"].Value);
                return match.Groups["key"].Value + Redacted;
            });
        }

        var written = new StringBuilder();
        var end = 0;
        foreach (var scalar in found)
        {
            secrets.Add(scalar.Value);
            // A block's end is the beginning of what comes after it.
            var isBlock = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded;
            written.Append(text, end, (int)scalar.Start.Index - end).Append(isBlock ? $"{Redacted}\n" : Redacted);
            end = (int)scalar.End.Index;
        }

        return written.Append(text, end, text.Length - end).ToString();
    }

    /// <summary>Whether an option of this name holds a secret: <c>turn_shared_secret</c>, <c>smtp_pass</c>, <c>as_token</c>;
    /// one that names its file (<c>macaroon_secret_key_path</c>) does not.</summary>
    public static bool IsSecret(string option) => Name().IsMatch(option);

    private static void Find(string text, List<Scalar> found)
    {
        // What is open around the next event; of a mapping the key that waits for its value. What is below a secret's name is secret too:
        // client_secret_jwt_key: {key: ...}.
        var open = new Stack<(bool IsMapping, bool IsSecret)>();
        Scalar? key = null;
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            var inSecret = open.TryPeek(out var around) && around.IsSecret;
            var isSecret = key is not null ? NamesFile().IsMatch(key.Value) ? false : inSecret || IsSecret(key.Value) : inSecret;
            switch (parser.Current)
            {
                case Scalar scalar when open.TryPeek(out var inside) && inside.IsMapping && key is null:
                    key = scalar;
                    continue;
                case Scalar scalar when isSecret && scalar.Value.Length > 0 && !(scalar.Style == ScalarStyle.Plain && NoText().IsMatch(scalar.Value)):
                    found.Add(scalar);
                    break;
                case MappingStart:
                    open.Push((true, isSecret));
                    break;
                case SequenceStart:
                    open.Push((false, isSecret));
                    break;
                case MappingEnd or SequenceEnd:
                    open.Pop();
                    break;
            }

            key = null;
        }
    }

    [GeneratedRegex("(^|[_.-])(secret|secret_key|secret_access_key|access_key|private_key|api_key|jwt_key|customer_key|signing_key|password|passwd|pass|passphrase|token|pepper|dsn)$", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex("_(path|file|url|uri)$", RegexOptions.IgnoreCase)]
    private static partial Regex NamesFile();

    // registration_requires_token: true
    [GeneratedRegex("^(true|false|yes|no|on|off|null|~)$", RegexOptions.IgnoreCase)]
    private static partial Regex NoText();

    // api_key = "abc", export SMTP_PASS=abc
    [GeneratedRegex(@"^(?<key>.*(secret|_key|password|passwd|pass|passphrase|token|pepper|dsn)[""']?\s*[:=]\s*[""']?)(?<value>[^""'\s]+)", RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Assignment();
}
