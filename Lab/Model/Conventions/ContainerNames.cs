namespace SynapseLab.Conventions;

/// <summary>Names of the containers that are not Synapse, which are also their host names on the lab's network.</summary>
public static class ContainerNames
{
    /// <summary>The database.</summary>
    public const string Postgres = "postgres";

    /// <summary>The bus of the workers.</summary>
    public const string Redis = "redis";

    /// <summary>The reverse proxy.</summary>
    public const string Proxy = "proxy";
}
