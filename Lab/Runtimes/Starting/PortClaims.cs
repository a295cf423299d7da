using System.Globalization;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Starting;

/// <summary>
/// Ports that a lab on its way up has chosen and does not hold yet. A start of another checkout, which knows nothing of this one's labs,
/// sees by them that they are taken; once the containers hold the ports, anybody sees it. Disposing gives them up.
/// </summary>
public sealed class PortClaims : IDisposable
{
    private readonly Dictionary<int, MachineLock> _held = [];

    /// <summary>Claims a port.</summary>
    /// <returns>False: another start has claimed it.</returns>
    public bool TryTake(int port)
    {
        if (_held.ContainsKey(port))
        {
            return true;
        }

        if (MachineLock.TryTake(string.Create(CultureInfo.InvariantCulture, $"port/{port}")) is not { } turn)
        {
            return false;
        }

        _held.Add(port, turn);
        return true;
    }

    /// <summary>Gives up what was claimed so far, since other ports are tried next.</summary>
    public void Clear()
    {
        foreach (var turn in _held.Values)
        {
            turn.Dispose();
        }

        _held.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
