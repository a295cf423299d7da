namespace SynapseLab.Plans;

/// <summary>Homeservers whose users log in and register elsewhere: a Matrix Authentication Service, which the lab does not run.</summary>
public static class DelegatedLogin
{
    /// <summary>What to do instead of registering at Synapse.</summary>
    public const string Instead = "Register there, or act through an application service: its registration under 'files', named in 'app_service_config_files' (docs/topologies.md)";

    /// <summary>Refuses what needs users that Synapse itself registers.</summary>
    /// <param name="homeservers">The homeservers concerned.</param>
    /// <param name="what">What is asked for: <c>the verb user</c>.</param>
    /// <exception cref="LabException">Exit code 2: login is delegated at one of them.</exception>
    public static void Refuse(IEnumerable<Homeserver> homeservers, string what)
    {
        if (homeservers.FirstOrDefault(homeserver => homeserver.Topology.DelegatesLogin) is { } delegates)
        {
            throw LabException.WrongUse(
                $"{what} registers users at Synapse, and {delegates.ServerName} delegates that to a Matrix Authentication Service",
                fix: Instead);
        }
    }
}
