using System.Buffers;
using System.Text.RegularExpressions;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Runtimes.Collecting;

/// <summary>
/// Leaves secrets out of what is given away: those that the lab made, by their value; those that the user wrote into topology and files,
/// by the names of their options and then by their value everywhere else; and what Synapse issues to users, by its form.
/// </summary>
internal sealed partial class Redactor
{
    // A shorter one stands in too many words of a log: it is left out of configuration alone, by its option's name.
    private const int ShortestValue = 6;

    // Without one of these no line has what Issued looks for, which is slow to find that out.
    private static readonly SearchValues<string> Signs = SearchValues.Create(
        ["syt_", "syr_", "syl_", "mat_", "mar_", "mct_", "mcr_", "MDA", "$2", "PRIVATE KEY", "access_token=", "Bearer ", "://"], StringComparison.Ordinal);

    private readonly string[] _values;
    private readonly SearchValues<string> _any;

    private Redactor(IEnumerable<string> values)
    {
        // Longest first: one may be the beginning of another.
        _values = [.. values.Where(value => value.Length >= ShortestValue).Distinct().OrderByDescending(value => value.Length)];
        _any = SearchValues.Create(_values, StringComparison.Ordinal);
    }

    /// <summary>Knows the secrets of a lab.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="folder">Its folder, in which its secrets lie.</param>
    /// <param name="files">The other files there.</param>
    public static Redactor Of(LabState lab, LabFolder folder, IEnumerable<LabFile> files)
    {
        var values = new List<string>(lab.Deployment.Secrets.SelectMany(secret => ValuesOf(secret, folder)));
        SecretOptions.Redact(lab.TopologyText, values);
        foreach (var file in files.Where(HasOptions))
        {
            SecretOptions.Redact(file.Contents, values);
        }

        return new Redactor(values);
    }

    /// <summary>A line of a log, or any other text, without secrets.</summary>
    public string Text(string text)
    {
        if (text.AsSpan().ContainsAny(_any))
        {
            foreach (var value in _values)
            {
                text = text.Replace(value, SecretOptions.Redacted, StringComparison.Ordinal);
            }
        }

        return text.AsSpan().ContainsAny(Signs) ? Issued().Replace(text, SecretOptions.Redacted) : text;
    }

    /// <summary>A file of the lab's folder without secrets.</summary>
    public string File(LabFile file) => Text(HasOptions(file) ? SecretOptions.Redact(file.Contents, []) : file.Contents);

    /// <summary>A topology's file without secrets.</summary>
    public string Topology(string text) => Text(SecretOptions.Redact(text, []));

    // Synapse's own files, and what a user brought (LabFile.Path: hs1/files/irc.yaml), whatever it is;
    // the lab's scripts and the proxy's have no options.
    private static bool HasOptions(LabFile file) =>
        file.Path.EndsWith(".yaml", StringComparison.Ordinal) || file.Path.Contains("/files/", StringComparison.Ordinal);

    private static IEnumerable<string> ValuesOf(SecretFile secret, LabFolder folder) => secret.Kind switch
    {
        // ed25519 a_AbCd u9x...: the key's own part is the last.
        SecretKind.SigningKey => Lines(folder, secret.Path).Select(line => line.Split(' ')[^1]),
        // *:*:*:*:PASSWORD
        SecretKind.PasswordFile => Lines(folder, secret.Path).Select(line => line.Split(':')[^1]),
        SecretKind.CertificateAuthority or SecretKind.Certificate => Lines(folder, $"{secret.Path}.key").Where(line => !line.StartsWith('-')),
        _ => Lines(folder, secret.Path),
    };

    private static string[] Lines(LabFolder folder, string path)
    {
        try
        {
            return System.IO.File.ReadAllLines(folder.File(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The start ended before it was made.
            return [];
        }
    }

    // Synapse's tokens (synapse/handlers/auth.py: syt_ for access, syr_ to refresh, syl_ to log in),
    // those of matrix-authentication-service, macaroons
    // (MDAx...), hashes of passwords as the database has them, keys in PEM, and whatever stands where a request has its token.
    [GeneratedRegex(
        @"\bsy[trl]_[A-Za-z0-9+/%=_-]{8,}|\bm[ac][trc]_[A-Za-z0-9_]{16,}|\bMDA[A-Za-z0-9_-]{40,}|\$2[aby]\$\d\d\$[A-Za-z0-9./]{53}"
        + @"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----|(?<=\baccess_token=)(?!redacted)[^&\s""']+|(?<=\bBearer )\S+|(?<=://[^\s/:@]*:)[^\s/:@]+(?=@)")]
    private static partial Regex Issued();
}
