namespace SynapseLab;

/// <summary>An exception of somebody whom the lab asked and who said no: foreseen, and no mistake in the lab.</summary>
public interface IRefusal
{
    /// <summary>What was asked: <c>POST /containers/x/start</c>.</summary>
    string Request { get; }
}
