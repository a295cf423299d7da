using System.Globalization;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.Runtimes;
using SynapseLab.Yaml;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Cli.Load;

/// <summary>What somebody typed behind <c>./lab load</c>; null: left out.</summary>
internal sealed record LoadArguments(
    string Profile,
    string? Topology,
    string? Name,
    string? Rate,
    string? Duration,
    string? Seed,
    string? Driver,
    string? Target,
    string? AllowRemote)
{
    /// <summary>The URL that the load goes to, where it was said; null: the lab's own.</summary>
    /// <exception cref="LabException">It is none (exit code 2).</exception>
    public Uri? TargetUri => Target is null ? null
        : Uri.TryCreate(Target, UriKind.Absolute, out var uri) ? uri
        : throw LabException.WrongUse($"'{Target}' is no URL", "--target", "Write for example http://127.0.0.1:8008");

    /// <summary>The profile with what was said in place of its own values.</summary>
    /// <param name="profile">As its file has it.</param>
    /// <param name="places">Where in the file each of its keys stands.</param>
    /// <exception cref="LabException">A value can't be, or contradicts another (exit code 2).</exception>
    public LoadProfile Override(LoadProfile profile, IReadOnlyDictionary<string, string> places)
    {
        if (Rate is { } rate)
        {
            var perSecond = Convert.ToDouble(Given("rate", rate, ProfileShape.Rate), CultureInfo.InvariantCulture);
            profile = profile with { Open = profile.Open with { Rate = perSecond } };
        }

        if (Duration is { } text)
        {
            Given("duration", text, ProfileShape.Duration);
            profile = Durations.TryParse(text, out var duration) ? profile with { Duration = duration } : profile;
        }

        if (Seed is { } seed)
        {
            profile = profile with { Seed = (long)Given("seed", seed, ProfileShape.Seed)! };
        }

        var problems = LoadLimits.Contradictions(profile).Select(one => new Problem(one.What, one.Key switch
        {
            "duration" when Duration is not null => "--duration",
            "duration" when Rate is not null => "--rate",
            _ => places[one.Key],
        }, one.Fix)).ToArray();
        return problems.Length == 0 ? profile : throw new LabException(ExitCodes.WrongUse, problems);
    }

    /// <summary>A command that does the same again, whatever the profile's file says by then.</summary>
    public string Again(RunningLab lab, LoadProfile profile, ILoadDriver driver)
    {
        string[] words =
        [
            "load", Profile, "--topology", lab.Deployment.Topology.Name,
            "--rate", profile.Open.Rate.ToString(CultureInfo.InvariantCulture), "--duration", Durations.Format(profile.Duration),
            "--seed", profile.Seed.ToString(CultureInfo.InvariantCulture), "--driver", driver.Name,
            .. Target is { } target ? ["--target", target] : Array.Empty<string>(),
            .. AllowRemote is { } remote ? ["--allow-remote", remote] : Array.Empty<string>(),
        ];
        return ToType.On(lab.Name, words);
    }

    // What stands behind an option is what may stand under the profile's key of the same name.
    private static object? Given(string option, string text, Shape shape)
    {
        var problems = new FileProblems($"--{option}");
        var node = new YamlScalar(0, text, Plain: true);
        ShapeCheck.Check($"'{option}'", node, shape, problems);
        return problems.None ? YamlValues.ToValue(node) : throw new LabException(ExitCodes.WrongUse, problems.InOrder());
    }
}
