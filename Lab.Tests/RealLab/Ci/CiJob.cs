using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using YamlDotNet.RepresentationModel;

namespace SynapseLab.Tests.RealLab.Ci;

/// <summary>When a step runs.</summary>
internal enum CiCondition
{
    /// <summary>Unless one before it has failed.</summary>
    Success,

    /// <summary>Where one before it has failed.</summary>
    Failure,

    /// <summary>In any case.</summary>
    Always,
}

/// <summary>A command of a job, and how it ended.</summary>
/// <param name="Command">For the shell.</param>
/// <param name="Condition">When it runs.</param>
internal sealed record CiStep(string Command, CiCondition Condition);

/// <summary>
/// The job of a workflow file in docs/ci, run as its runner would: each command by a shell, after the one before it, as far as conditions
/// let it.
/// </summary>
/// <param name="Steps">Its commands, in order.</param>
/// <param name="Uses">Actions that are no command: <c>actions/checkout@v4</c>, with what they are given.</param>
/// <param name="Artifacts">The folder that is kept where the job fails.</param>
internal sealed record CiJob(IReadOnlyList<CiStep> Steps, IReadOnlyList<(string Action, YamlMappingNode Step)> Uses, string Artifacts)
{
    /// <summary>The job of docs/ci/github-actions.yml (docs.github.com, "Workflow syntax").</summary>
    public static CiJob GitHub()
    {
        var job = (YamlMappingNode)Read("github-actions.yml")["jobs"]["suite"];
        var steps = ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>().ToArray();
        var uses = steps.Where(step => step.Children.ContainsKey("uses")).Select(step => (Text(step["uses"]), step)).ToArray();
        return new CiJob(
            [
                .. steps.Where(step => step.Children.ContainsKey("run")).Select(step =>
                    new CiStep(
                        Text(step["run"]),
                        step.Children.TryGetValue("if", out var when) ? ConditionOf(Text(when)) : CiCondition.Success)),
            ],
            uses,
            Text(uses.Single(step => step.Item1.StartsWith("actions/upload-artifact@", StringComparison.Ordinal)).step["with"]["path"]));
    }

    /// <summary>The job of docs/ci/gitlab-ci.yml (docs.gitlab.com, "CI/CD YAML syntax"): what comes after runs in any case.</summary>
    public static CiJob GitLab()
    {
        var job = Read("gitlab-ci.yml")["suite"];
        return new CiJob(
            [
                .. ((YamlSequenceNode)job["before_script"]).Concat((YamlSequenceNode)job["script"]).Select(line =>
                    new CiStep(Text(line), CiCondition.Success)),
                .. ((YamlSequenceNode)job["after_script"]).Select(line => new CiStep(Text(line), CiCondition.Always)),
            ],
            [],
            Text(((YamlSequenceNode)job["artifacts"]["paths"])[0]));
    }

    /// <summary>Runs it.</summary>
    /// <param name="folder">The repository's, in which the runner starts commands.</param>
    /// <param name="environment">What the runner sets.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The commands that were run, with exit code and output.</returns>
    public async Task<IReadOnlyList<(string Command, int ExitCode, string Output)>> RunAsync(
        string folder,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var ran = new List<(string Command, int ExitCode, string Output)>();
        var failed = false;
        foreach (var step in Steps.Where(step => step.Condition == CiCondition.Always || (step.Condition == CiCondition.Failure) == failed))
        {
            var variables = new Dictionary<string, string>(environment) { ["CI_JOB_STATUS"] = failed ? "failed" : "success" };
            var result = await ExternalCommand.RunAsync(
                "bash",
                ["-e", "-o", "pipefail", "-c", $"cd '{folder}'\n{step.Command}"],
                variables,
                cancellationToken);
            ran.Add((step.Command, result.ExitCode, result.Output + result.Error));
            failed |= result.ExitCode != 0 && step.Condition == CiCondition.Success;
        }

        return ran;
    }

    private static CiCondition ConditionOf(string expression) => expression switch
    {
        "failure()" => CiCondition.Failure,
        "always()" => CiCondition.Always,
        _ => throw new NotSupportedException($"if: {expression}"),
    };

    private static YamlNode Read(string name)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(LabRoot.Find().Path, "docs/ci", name))));
        return yaml.Documents[0].RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
