using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>Makes scenarios.</summary>
public static class Scenario
{
    /// <summary>A scenario of one kind of turn.</summary>
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run) => throw new NotSupportedException();

    /// <summary>Without turns before the measurement.</summary>
    public static ScenarioProps WithoutWarmUp(this ScenarioProps scenario) => throw new NotSupportedException();

    /// <summary>With a load.</summary>
    public static ScenarioProps WithLoadSimulations(this ScenarioProps scenario, params LoadSimulation[] simulations) =>
        throw new NotSupportedException();
}

/// <summary>Makes loads.</summary>
public static class Simulation
{
    /// <summary>So many turns begin in each interval (an open workload).</summary>
    public static LoadSimulation Inject(int rate, TimeSpan interval, TimeSpan during) => throw new NotSupportedException();

    /// <summary>So many turns are always under way (a closed workload).</summary>
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) => throw new NotSupportedException();
}

/// <summary>Makes responses.</summary>
public static class Response
{
    /// <summary>It went well.</summary>
    public static IResponse Ok() => throw new NotSupportedException();

    /// <summary>It did not.</summary>
    public static IResponse Fail() => throw new NotSupportedException();
}

/// <summary>Runs scenarios.</summary>
public static class NBomberRunner
{
    /// <summary>Takes them.</summary>
    public static NBomberContext RegisterScenarios(params ScenarioProps[] scenarios) => throw new NotSupportedException();

    /// <summary>No reports of its own.</summary>
    public static NBomberContext WithoutReports(this NBomberContext context) => throw new NotSupportedException();

    /// <summary>Runs them to their end.</summary>
    public static NodeStats Run(this NBomberContext context) => throw new NotSupportedException();
}
