using System.Diagnostics;

namespace SynapseLab.Scenarios.Stories;

/// <summary>Where the spans of scenarios and of their requests come from: what .NET has for that, so that a library needs no
/// exporter.</summary>
internal static class ScenarioSpans
{
    /// <summary>The source; it costs nothing where nobody listens.</summary>
    public static readonly ActivitySource Source = new("SynapseLab.Scenarios");
}
