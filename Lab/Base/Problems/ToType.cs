namespace SynapseLab;

/// <summary>Commands as users are told to type them. They work as they stand: they name their lab, whatever else runs,
/// and are quoted for a shell.</summary>
public static class ToType
{
    /// <summary>A command that is about no running lab, or has its name as a word:
    /// <c>./lab up 'my files/a.yaml' --name second</c>.</summary>
    /// <param name="words">Verb, arguments and options as the program gets them.</param>
    public static string Lab(params IEnumerable<string> words) => Words(["./lab", .. words]);

    /// <summary>A command on a running lab: <c>./lab status --name reference</c>. The name is there even where no other lab runs:
    /// one may be started before the command is typed.</summary>
    /// <param name="labName">The lab.</param>
    /// <param name="words">Verb, arguments and options as the program gets them.</param>
    public static string On(string labName, params IEnumerable<string> words) => Lab([.. words, "--name", labName]);

    /// <summary>Any command: <c>cd '/my checkout'</c>.</summary>
    /// <param name="words">Program and arguments.</param>
    public static string Words(params IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    // What a shell would take apart or replace goes into quotes.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./:=@%+,".Contains(letter))
            ? word
            : $"'{word.Replace("'", "'\\''")}'";
}
