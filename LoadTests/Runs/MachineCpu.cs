using System.Globalization;

namespace SynapseLab.LoadTests.Runs;

/// <summary>CPU time of the whole machine, from the first line of /proc/stat (proc(5)), in hundredths of seconds:
/// <c>cpu  user nice system idle iowait irq softirq steal guest guest_nice</c>.</summary>
public static class MachineCpu
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds in which any core was not idle since boot; 0 where the system does not say.</summary>
    public static double BusySeconds()
    {
        try
        {
            return Parse(File.ReadLines("/proc/stat").First());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Reads the line. Guests are part of user and nice already; time that was stolen was nobody's here.</summary>
    public static double Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1);
        var ticks = words.Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / TicksPerSecond;
    }
}
