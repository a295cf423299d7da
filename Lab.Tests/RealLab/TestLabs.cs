using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Names for what tests start. They are unique on a machine, so each has the checkout's mark in it: two checkouts may run their tests at
/// the same time, and each finds its own again.
/// </summary>
internal static class TestLabs
{
    /// <summary>A name: <c>test-accident-1-3f2a9c</c>.</summary>
    public static string Name(string what) => $"test-{what}-{LabRoot.Find().Mark}";
}
