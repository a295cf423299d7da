using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>
/// A test that needs an image registry, which eng/setup unpacks for <c>./lab test</c>; skipped only where set-up has not run or there is
/// none to be had.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RegistryFactAttribute : FactAttribute
{
    private const string None = "none: ";
    private const string Here = "program: ";

    public RegistryFactAttribute() => Skip = WhyNone;

    /// <summary>Why there is none to be had; null where there is one, or could be.</summary>
    public static string? WhyNone => SetUpSays switch
    {
        null => "there is no image registry: eng/setup --for-tests brings it",
        var says when says.StartsWith(None, StringComparison.Ordinal) => $"there is no image registry: {says[None.Length..]}",
        _ => null,
    };

    /// <summary>Its program.</summary>
    /// <exception cref="InvalidOperationException">It could be here and is not.</exception>
    public static string Program => SetUpSays is { } says && says.StartsWith(Here, StringComparison.Ordinal)
        ? says[Here.Length..]
        : throw new InvalidOperationException($"docker-registry is not here, but could be ({SetUpSays})");

    // What eng/setup.d/registry.sh has written down; null where it has not run.
    private static string? SetUpSays
    {
        get
        {
            var file = Path.Combine(LabRoot.Find().StateFolder, "registry.state");
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
    }
}
