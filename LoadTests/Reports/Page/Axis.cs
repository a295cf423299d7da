namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>A linear axis that begins at zero and ends at a round number.</summary>
internal sealed class Axis
{
    private Axis(double end, double step)
    {
        End = end;
        Step = step;
    }

    /// <summary>Value at the far end.</summary>
    public double End { get; }

    private double Step { get; }

    /// <summary>Where it has marks, and what they say.</summary>
    public IEnumerable<(double At, string Label)> Marks
    {
        get
        {
            for (var i = 0; i * Step <= End * 1.0001; i++)
            {
                var value = i * Step;
                yield return (value, value.As(value is 0 or >= 1 ? "#,0.##" : "0.###"));
            }
        }
    }

    /// <summary>An axis that holds values up to a largest one, with about five marks at steps of 1, 2 or 5 times a power of ten.</summary>
    public static Axis UpTo(double largest)
    {
        var wanted = Math.Max(largest, 1e-6) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        var step = power * new[] { 1, 2, 5, 10 }.First(factor => factor * power >= wanted * 0.9999);
        return new Axis(Math.Ceiling((largest / step) - 0.0001) is var steps && steps < 1 ? step : steps * step, step);
    }

    /// <summary>An axis that ends exactly at the largest value, for time.</summary>
    public static Axis Exactly(double largest) => new(largest, UpTo(largest).Step);
}
