using System.Reflection;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Tests.Runtimes.Engine;

/// <summary>The real engine, which refuses or changes what a test wants it to.</summary>
public class FaultyEngine : DispatchProxy
{
    private IContainerEngine? _engine;
    private Func<string, object?[], object?>? _answer;

    /// <summary>Makes one.</summary>
    /// <param name="engine">The real one.</param>
    /// <param name="answer">For a method's name and arguments: what it gives in place of the engine's answer, or throws; null: the engine
    /// answers.</param>
    public static IContainerEngine Of(IContainerEngine engine, Func<string, object?[], object?> answer)
    {
        var proxy = Create<IContainerEngine, FaultyEngine>();
        (((FaultyEngine)(object)proxy)._engine, ((FaultyEngine)(object)proxy)._answer) = (engine, answer);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _answer!(targetMethod!.Name, args ?? []) ?? targetMethod.Invoke(_engine, args);
}
