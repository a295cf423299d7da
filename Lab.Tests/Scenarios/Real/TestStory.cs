using SynapseLab.Scenarios.Stories;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

/// <summary>A story that is the test's output.</summary>
internal sealed class TestStory(ITestOutputHelper output, TimeProvider time) : IStory
{
    private readonly long _start = time.GetTimestamp();

    public void Step(string what) => output.WriteLine($"{time.GetElapsedTime(_start).TotalSeconds,6:0.0} s  {what}");

    public void Saw(string what) => output.WriteLine($"            {what}");
}
