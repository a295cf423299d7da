namespace NBomber.Contracts;

// The names that NBomberDriver.cs uses, with the signatures that NBomber 4 to 6 share, written from NBomber's public documentation
// (nbomber.com/docs). Nothing here does anything: it is what the driver is compiled against where no package source has NBomber.

/// <summary>What a turn of a scenario returns.</summary>
public interface IResponse;

/// <summary>A scenario with its load.</summary>
public sealed class ScenarioProps;

/// <summary>How many turns when.</summary>
public sealed class LoadSimulation;

/// <summary>What NBomber collected.</summary>
public sealed class NodeStats;

/// <summary>What is registered to be run.</summary>
public sealed class NBomberContext;

/// <summary>Which scenario a turn belongs to.</summary>
public sealed class ScenarioInfo
{
    /// <summary>Its name.</summary>
    public string ScenarioName => throw new NotSupportedException();
}

/// <summary>What a turn is given.</summary>
public interface IScenarioContext
{
    /// <summary>Which scenario it belongs to.</summary>
    ScenarioInfo ScenarioInfo { get; }

    /// <summary>Ends a scenario.</summary>
    /// <param name="scenarioName">Its name.</param>
    /// <param name="reason">Why.</param>
    void StopScenario(string scenarioName, string reason);
}
