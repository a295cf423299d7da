using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Hosting.Commands;

/// <summary>Adds commands to the dashboard that do what <c>./lab</c> does, under the same rules. What is refused is the
/// command's failure.</summary>
/// <param name="attachAsync">Attaches to the lab.</param>
internal sealed class LabCommand(Func<IServiceProvider, CancellationToken, Task<RunningLab>> attachAsync)
{
    /// <summary>Adds one that acts on the running lab.</summary>
    /// <param name="resource">To what.</param>
    /// <param name="name">Its name for programs: <c>kill</c>.</param>
    /// <param name="displayName">Its name for people: <c>Kill</c>.</param>
    /// <param name="options">Description, icon, arguments.</param>
    /// <param name="runAsync">Does it, and says what came of it.</param>
    public void AddOnLab<T>(
        IResourceBuilder<T> resource,
        string name,
        string displayName,
        CommandOptions options,
        Func<RunningLab, ExecuteCommandContext, Task<ExecuteCommandResult>> runAsync)
        where T : IResource =>
        Add(resource, name, displayName, options, async context =>
        {
            await using var lab = await attachAsync(context.Services, context.CancellationToken);
            return await runAsync(lab, context);
        });

    /// <summary>Adds one that needs no running lab.</summary>
    /// <param name="resource">To what.</param>
    /// <param name="name">Its name for programs: <c>route</c>.</param>
    /// <param name="displayName">Its name for people.</param>
    /// <param name="options">Description, icon, arguments.</param>
    /// <param name="runAsync">Does it, and says what came of it.</param>
    public static void Add<T>(
        IResourceBuilder<T> resource,
        string name,
        string displayName,
        CommandOptions options,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> runAsync)
        where T : IResource =>
        resource.WithCommand(
            name,
            displayName,
            async context =>
            {
                try
                {
                    return await runAsync(context);
                }
                catch (Exception e) when (e is LabException or EngineException)
                {
                    return CommandResults.Failure(e.Message);
                }
            },
            options);

    /// <summary>What somebody wrote or chose for an argument; null: nothing.</summary>
    public static string? Given(ExecuteCommandContext context, string name) =>
        context.Arguments.TryGetByName(name, out var argument) && argument.Value is { Length: > 0 } value ? value : null;
}
