using System.Text.Json;

namespace SynapseLab.Runtimes.Engine;

/// <summary>Short reading of JSON.</summary>
internal static class JsonElementExtensions
{
    /// <summary>A text member; empty where it is missing or null.</summary>
    public static string Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
