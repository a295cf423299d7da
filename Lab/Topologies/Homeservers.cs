namespace SynapseLab.Topologies;

/// <summary>Names of homeservers.</summary>
public static class Homeservers
{
    /// <summary>The short name: the first label of the server_name, <c>hs1</c> of <c>hs1.test</c>.</summary>
    public static string KeyOf(string serverName) => serverName.Split('.', 2)[0];
}
