using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>Razor components as text. They are given all they show, so that nothing of ASP.NET Core runs but the renderer.</summary>
internal static class RazorText
{
    /// <summary>Renders a component; what it shows of strings is escaped.</summary>
    /// <param name="parameters">The component's parameters by their names.</param>
    public static string Of<TComponent>(Dictionary<string, object?> parameters) where TComponent : IComponent
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);

        // No component waits for anything: the first rendering is the whole one, and is over when the dispatcher returns.
        return renderer.Dispatcher
            .InvokeAsync(() => renderer.BeginRenderingComponent<TComponent>(ParameterView.FromDictionary(parameters)).ToHtmlString())
            .GetAwaiter().GetResult();
    }
}
