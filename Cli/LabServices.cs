using SynapseLab.Conventions;
using SynapseLab.LoadTests.Driver;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Catalogue;

namespace SynapseLab.Cli;

/// <summary>What commands need from the machine and the terminal; tests give them others.</summary>
public sealed class LabServices
{
    /// <summary>The checkout; looked for at the first use.</summary>
    public required Lazy<LabRoot> Root { get; init; }

    /// <summary>Standard output: results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: progress and problems.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Makes a connection to the container engine; the caller disposes it.</summary>
    public required Func<IContainerEngine> CreateEngine { get; init; }

    /// <summary>What <c>up</c> can start containers with, the default first.</summary>
    public IReadOnlyList<RuntimeChoice> Runtimes { get; init; } = LabRuntimes.All;

    /// <summary>What <c>scenario</c> can list and run.</summary>
    public IReadOnlyList<IScenario> Scenarios { get; init; } = ScenarioCatalogue.All;

    /// <summary>What <c>load</c> can start operations with.</summary>
    public LoadDrivers Drivers { get; init; } = LabDrivers.OfThisBuild();

    /// <summary>Whether a person looks at standard error, so that a line may be written over.</summary>
    public bool Interactive { get; init; }

    /// <summary>Those of this process.</summary>
    /// <param name="output">Takes results in place of standard output.</param>
    /// <param name="error">Takes progress and problems in place of standard error.</param>
    public static LabServices OfThisProcess(TextWriter? output = null, TextWriter? error = null) => new()
    {
        Root = new Lazy<LabRoot>(LabRoot.Find),
        Output = output ?? Console.Out,
        Error = error ?? Console.Error,
        Time = TimeProvider.System,
        CreateEngine = DockerEngine.OfThisMachine,
        Interactive = !Console.IsErrorRedirected,
    };

    /// <summary>Attaches to a running lab.</summary>
    /// <param name="name">Its name; null: the only one that runs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">None runs, or several and none was named (exit code 2).</exception>
    public Task<RunningLab> AttachAsync(string? name, CancellationToken cancellationToken) =>
        AttachAsync(name, RunningLab.AttachAsync, cancellationToken);

    /// <summary>Attaches to a lab to look at it, also where it has ended or did not start.</summary>
    /// <param name="name">Its name; null: the only one of which there is a container.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">There is none, or several and none was named (exit code 2).</exception>
    public Task<RunningLab> AttachToLookAsync(string? name, CancellationToken cancellationToken) =>
        AttachAsync(name, RunningLab.AttachToLookAsync, cancellationToken);

    private async Task<RunningLab> AttachAsync(
        string? name,
        Func<string, LabRoot, IContainerEngine, TimeProvider, CancellationToken, Task<RunningLab>> attachAsync,
        CancellationToken cancellationToken)
    {
        var engine = CreateEngine();
        try
        {
            name ??= await OnlyLabAsync(engine, cancellationToken);
        }
        catch
        {
            engine.Dispose();
            throw;
        }

        return await attachAsync(name, Root.Value, engine, Time, cancellationToken);
    }

    /// <summary>What the folders of this checkout's labs remember, of those that run.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<LabState>> RunningAsync(CancellationToken cancellationToken)
    {
        using var engine = CreateEngine();
        var containers = await engine.ListAsync(LabLabels.Name, cancellationToken);
        return [.. Root.Value.LabsAmong(containers.Where(container => container.State == "running"))
            .Select(lab => LabState.TryLoad(Root.Value.Lab(lab)))
            .OfType<LabState>()
            .Where(lab => lab.Phase == LabPhase.Running)];
    }

    private async Task<string> OnlyLabAsync(IContainerEngine engine, CancellationToken cancellationToken)
    {
        var names = Root.Value.LabsAmong(await engine.ListAsync(LabLabels.Name, cancellationToken));
        return names switch
        {
            [var only] => only,
            [] => throw LabException.WrongUse("no lab is running", fix: "Start one with ./lab up --detach"),
            _ => throw LabException.WrongUse(
                $"several labs are running: {string.Join(", ", names)}",
                fix: $"Name one of them with --name, for example --name {names[0]}"),
        };
    }
}
