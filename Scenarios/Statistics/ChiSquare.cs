namespace SynapseLab.Scenarios.Statistics;

/// <summary>
/// Pearson's chi-square test of counts against expected counts: are they spread no worse than chance allows?
/// The statistic is the sum of (counted - expected)² / expected; the p-value is the chance of a statistic at least as large
/// if the expectation is right (upper tail of the chi-square distribution, NIST/SEMATECH e-Handbook 1.3.5.15).
/// </summary>
/// <param name="Statistic">The statistic, no unit, 0 for a perfect fit.</param>
/// <param name="DegreesOfFreedom">Number of cells less one.</param>
internal readonly record struct ChiSquare(double Statistic, int DegreesOfFreedom)
{
    /// <summary>The lab's threshold: a right spread fails a test one time in a thousand.</summary>
    public const double FalseAlarm = 0.001;

    /// <summary>The chance of a spread at least as uneven, if the expectation is right: 0 to 1.</summary>
    public double PValue => DegreesOfFreedom == 0 ? 1 : UpperGamma(DegreesOfFreedom / 2.0, Statistic / 2.0);

    /// <summary>Whether chance explains the spread at the <see cref="FalseAlarm"/> level.</summary>
    public bool IsPlausible => PValue >= FalseAlarm;

    /// <summary>Tests counts against an even spread.</summary>
    /// <param name="counts">Counts per cell, cells without any included.</param>
    public static ChiSquare OfEvenSpread(IReadOnlyList<int> counts)
    {
        var expected = counts.Sum() / (double)counts.Count;
        return Of(counts, [.. counts.Select(_ => expected)]);
    }

    /// <summary>Tests counts against expected counts of the same sum.</summary>
    /// <exception cref="ArgumentException">No cells, lists of different length, or an expectation below 5, where the distribution no longer
    /// fits (Cochran's rule).</exception>
    public static ChiSquare Of(IReadOnlyList<int> counts, IReadOnlyList<double> expected)
    {
        if (counts.Count == 0 || counts.Count != expected.Count)
        {
            throw new ArgumentException($"{counts.Count} counts and {expected.Count} expectations do not make a test", nameof(counts));
        }

        if (expected.Min() < 5)
        {
            throw new ArgumentException(
                $"an expected count of {expected.Min():0.##} is too small: each has to be at least 5", nameof(expected));
        }

        var terms = counts.Zip(expected, (count, expectation) => (count - expectation) * (count - expectation) / expectation);
        return new ChiSquare(terms.Sum(), counts.Count - 1);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"chi-square {Statistic:0.00} on {DegreesOfFreedom} degrees of freedom, p = {PValue:0.####} (threshold {FalseAlarm})";

    // Regularised upper incomplete gamma function Q(a, x): the power series of P = 1 - Q below a + 1, where it converges quickly, and the
    // continued fraction of Q above (Abramowitz & Stegun 6.5.29 and 6.5.31, the fraction by Lentz's method).
    private static double UpperGamma(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        var factor = Math.Exp(-x + (a * Math.Log(x)) - LogGamma(a));
        if (x < a + 1)
        {
            var term = 1 / a;
            var sum = term;
            for (var n = 1; n < 1000 && term > sum * 1e-16; n++)
            {
                term *= x / (a + n);
                sum += term;
            }

            return Math.Max(0, 1 - (factor * sum));
        }

        const double tiny = 1e-300;
        var b = x + 1 - a;
        var c = 1 / tiny;
        var d = 1 / b;
        var fraction = d;
        for (var n = 1; n < 1000; n++)
        {
            var coefficient = -n * (n - a);
            b += 2;
            d = 1 / NotZero((coefficient * d) + b);
            c = NotZero(b + (coefficient / c));
            var step = d * c;
            fraction *= step;
            if (Math.Abs(step - 1) < 1e-15)
            {
                break;
            }
        }

        return factor * fraction;

        static double NotZero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    // Stirling's series after shifting the argument above 8, where five terms are exact to 1e-13.
    private static double LogGamma(double a)
    {
        var shift = 0.0;
        while (a < 8)
        {
            shift += Math.Log(a);
            a++;
        }

        var inverse = 1 / a;
        var square = inverse * inverse;
        var series = inverse * ((1.0 / 12)
            - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square * ((1.0 / 1680) - (square / 1188))))))));
        return ((a - 0.5) * Math.Log(a)) - a + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }
}
