using System.Diagnostics;
using SynapseLab.Scenarios.Stories;

namespace SynapseLab.Scenarios;

/// <summary>
/// A run of a scenario as a trace: the scenario is its root, each step of the story a span below it, and what is done meanwhile (requests,
/// waits) below the step. Where nobody listens there is no trace, and it costs nothing.
/// </summary>
internal sealed class ScenarioTrace : IStory, IDisposable
{
    private readonly IStory _told;
    private readonly Activity? _scenario;
    private readonly Lock _gate = new();
    private Activity? _step;

    private ScenarioTrace(IStory told, Activity? scenario)
    {
        _told = told;
        _scenario = scenario;
    }

    /// <summary>Begins it.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="labName">The lab.</param>
    /// <param name="seed">For everything random in it.</param>
    /// <param name="told">Told everything, too.</param>
    public static ScenarioTrace Begin(IScenario scenario, string labName, int seed, IStory told) => new(
        told,
        ScenarioSpans.Source.StartActivity(
            ActivityKind.Internal,
            tags: [new("lab.name", labName), new("lab.scenario", scenario.Name), new("lab.seed", seed)],
            name: $"scenario {scenario.Name}"));

    /// <inheritdoc/>
    public void Step(string what)
    {
        if (_scenario is not null)
        {
            lock (_gate)
            {
                _step?.Dispose();
                // What the caller does from now on happens in this step.
                Activity.Current = _scenario;
                _step = ScenarioSpans.Source.StartActivity(what);
            }
        }

        _told.Step(what);
    }

    /// <inheritdoc/>
    public void Saw(string what)
    {
        (_step ?? _scenario)?.AddEvent(new ActivityEvent(what));
        _told.Saw(what);
    }

    /// <summary>A claim did not hold, or the lab broke.</summary>
    public void Failed(Exception failure)
    {
        _step?.SetStatus(ActivityStatusCode.Error, failure.Message);
        _scenario?.SetStatus(ActivityStatusCode.Error, failure.Message);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step?.Dispose();
        _scenario?.Dispose();
    }
}
