using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Hosting;

/// <summary>Commands on the dashboard for what goes wrong in production. Start, stop and restart are Aspire's own; these go to the engine.</summary>
internal static class OperatorCommands
{
    /// <summary>Adds kill, pause and unpause.</summary>
    /// <param name="container">The resource.</param>
    /// <param name="containerName">The container's name on the engine.</param>
    public static void AddTo(IResourceBuilder<ContainerResource> container, string containerName)
    {
        Add(container, "kill", "Kill", "Ends the process at once (SIGKILL), as a crash would.", "Flash",
            (engine, cancellationToken) => engine.KillAsync(containerName, "SIGKILL", cancellationToken));
        Add(container, "pause", "Pause", "Freezes the process: connections stay open and nothing answers.", "Pause",
            (engine, cancellationToken) => engine.PauseAsync(containerName, cancellationToken));
        Add(container, "unpause", "Unpause", "Lets a paused process go on.", "PlayCircle",
            (engine, cancellationToken) => engine.UnpauseAsync(containerName, cancellationToken));
    }

    private static void Add(
        IResourceBuilder<ContainerResource> container,
        string name,
        string displayName,
        string description,
        string icon,
        Func<IContainerEngine, CancellationToken, Task> runAsync)
    {
        container.WithCommand(
            name,
            displayName,
            async context =>
            {
                try
                {
                    await runAsync(context.Services.GetRequiredService<IContainerEngine>(), context.CancellationToken);
                    return new ExecuteCommandResult { Success = true };
                }
                catch (EngineException e)
                {
                    return new ExecuteCommandResult { Success = false, Message = e.Message };
                }
            },
            new CommandOptions { Description = description, IconName = icon });
    }
}
