using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Health;

/// <summary>What is to be said of a part.</summary>
/// <param name="Part">The part.</param>
/// <param name="State">What the engine says, and which command made it so.</param>
/// <param name="Own">Its own answer: true it is well, false it is not, null it was not asked.</param>
/// <param name="Seen">What it answered, or why not: <c>no answer within 2 s</c>.</param>
/// <param name="Needs">What it depends on and is not there: <c>main is paused</c>. Empty for a part that is not up,
/// which misses everything.</param>
public sealed record PartHealth(LabPart Part, PartState State, bool? Own, string Seen, IReadOnlyList<string> Needs)
{
    /// <summary>Whether it is up and well by itself, whatever it depends on.</summary>
    public bool IsHealthy => State.IsUp && Own == true;

    /// <summary>Whether it is, and so is what it depends on.</summary>
    public bool IsWell => IsHealthy && Needs.Count == 0;

    /// <summary>
    /// In one line: <c>healthy</c>; <c>healthy, but main is paused</c>;
    /// <c>healthy by itself, cut off from the lab's network since 12:03:41 UTC by ./lab partition redis</c>; <c>paused since ...</c>;
    /// <c>not ready: no answer within 2 s</c>.
    /// </summary>
    public string Sentence
    {
        get
        {
            var words = new List<string>();
            if (State.Run == PartRun.Running)
            {
                words.Add(Own switch
                {
                    true => State.CutOff ? "healthy by itself" : "healthy",
                    false => $"not ready: {Seen}",
                    null => "runs",
                });
            }

            words.AddRange(State.Matters);
            if (Needs.Count > 0)
            {
                words.Add($"but {string.Join(" and ", Needs)}");
            }

            return string.Join(", ", words);
        }
    }
}
