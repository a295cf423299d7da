using SynapseLab.Runtimes.Folders;
using Xunit.Sdk;

namespace SynapseLab.Tests;

/// <summary>
/// Compares generated text with a file under Lab.Tests/Snapshots. Set LAB_ACCEPT_SNAPSHOTS=1 to take the new text, then read the diff.
/// </summary>
internal static class Snapshot
{
    /// <summary>Whether new texts are taken, as LAB_ACCEPT_SNAPSHOTS=1 asks for.</summary>
    public static bool Accepting => Environment.GetEnvironmentVariable("LAB_ACCEPT_SNAPSHOTS") == "1";

    public static void Match(string actual, string name)
    {
        var file = Path.Combine(Root(), "Snapshots", name);
        Match(actual, new FileInfo(file));
    }

    /// <summary>Compares with a checked-in file anywhere in the repository, such as <c>compose/reference/docker-compose.yaml</c>.</summary>
    public static void MatchRepositoryFile(string actual, string path) =>
        Match(actual, new FileInfo(Path.Combine(Root(), "..", path)));

    private static void Match(string actual, FileInfo file)
    {
        if (Accepting)
        {
            file.Directory!.Create();
            File.WriteAllText(file.FullName, actual);
            return;
        }

        if (!file.Exists)
        {
            throw new XunitException($"There is no {file.FullName}. Run the test with LAB_ACCEPT_SNAPSHOTS=1 and read what it writes.");
        }

        var expected = File.ReadAllText(file.FullName);
        if (expected == actual)
        {
            return;
        }

        var expectedLines = expected.Split('\n');
        var actualLines = actual.Split('\n');
        var line = expectedLines.Zip(actualLines).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new XunitException(
            $"{file.Name}:{line + 1} differs.\nfile:      {expectedLines.ElementAtOrDefault(line) ?? "(end)"}\ngenerated: {actualLines.ElementAtOrDefault(line) ?? "(end)"}\n" +
            "If the change is meant, run with LAB_ACCEPT_SNAPSHOTS=1 and read the diff.");
    }

    private static string Root() => Path.Combine(LabRoot.Find().Path, "Lab.Tests");
}
