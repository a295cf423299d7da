namespace SynapseLab;

/// <summary>Something that a user has to know or to mend, as a value: printed in one line, never as a stack trace.</summary>
/// <param name="What">What is wrong, one sentence without a full stop: <c>stream 'typing' takes exactly one writer, here are 2</c>.</param>
/// <param name="Where">Where it is wrong: <c>topologies/my.yaml:12</c>, a container, a port; null where there is no place.</param>
/// <param name="Fix">What to do about it, an imperative sentence without a full stop; null where the first part says it all.</param>
public sealed record Problem(string What, string? Where = null, string? Fix = null)
{
    /// <summary>The line a user sees:
    /// <c>topologies/my.yaml:12: stream 'typing' takes exactly one writer, here are 2. Remove one.</c></summary>
    public override string ToString()
    {
        var line = Where is null ? What : $"{Where}: {What}";
        return Fix is null ? line : $"{line}. {Fix}";
    }
}
