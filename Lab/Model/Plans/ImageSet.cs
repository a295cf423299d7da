namespace SynapseLab.Plans;

/// <summary>The images of a lab.</summary>
/// <param name="Synapse">For example <c>matrixdotorg/synapse:v1.160.0</c>.</param>
/// <param name="Postgres">For example <c>postgres:18</c>.</param>
/// <param name="Redis">For example <c>redis:8</c>.</param>
/// <param name="Nginx">For example <c>nginx:1.30</c>.</param>
/// <param name="Haproxy">For example <c>haproxy:3.2</c>.</param>
public sealed record ImageSet(string Synapse, string Postgres, string Redis, string Nginx, string Haproxy)
{
    /// <summary>The official images the lab was tried with; <c>eng/images.env</c> says the same.</summary>
    public static ImageSet Official { get; } = new("matrixdotorg/synapse:v1.160.0", "postgres:18", "redis:8", "nginx:1.30", "haproxy:3.2");
}
