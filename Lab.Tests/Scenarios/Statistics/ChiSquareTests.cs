using SynapseLab.Scenarios.Statistics;
using Xunit;

namespace SynapseLab.Tests.Scenarios.Statistics;

public sealed class ChiSquareTests
{
    // Critical values of the printed tables (NIST/SEMATECH e-Handbook 1.3.6.7.4).
    [Theory]
    [InlineData(3.841, 1, 0.05)]
    [InlineData(10.828, 1, 0.001)]
    [InlineData(13.816, 2, 0.001)]
    [InlineData(4.605, 2, 0.10)]
    [InlineData(18.307, 10, 0.05)]
    [InlineData(149.449, 100, 0.001)]
    public void The_p_value_is_that_of_the_tables(double statistic, int degrees, double p) =>
        Assert.Equal(p, new ChiSquare(statistic, degrees).PValue, tolerance: p * 0.002);

    [Fact]
    public void An_even_spread_fits_perfectly()
    {
        var test = ChiSquare.OfEvenSpread([100, 100, 100]);

        Assert.Equal((0.0, 1.0), (test.Statistic, test.PValue));
    }

    [Fact]
    public void A_spread_that_chance_gives_often_is_plausible() => Assert.True(ChiSquare.OfEvenSpread([43, 57]).IsPlausible);

    [Fact]
    public void Everybody_on_one_worker_is_not_plausible() => Assert.False(ChiSquare.OfEvenSpread([100, 0]).IsPlausible);

    [Fact]
    public void The_threshold_for_100_users_on_two_workers_lies_between_66_and_67()
    {
        Assert.True(ChiSquare.OfEvenSpread([66, 34]).IsPlausible);
        Assert.False(ChiSquare.OfEvenSpread([67, 33]).IsPlausible);
    }

    [Fact]
    public void Expectations_below_five_are_refused() => Assert.Throws<ArgumentException>(() => ChiSquare.OfEvenSpread([4, 4, 4]));

    [Fact]
    public void The_false_alarms_on_fair_dice_are_as_many_as_promised()
    {
        var random = new Random(20261121);
        var alarms = Enumerable.Range(0, 20_000).Count(_ =>
        {
            var counts = new int[3];
            for (var user = 0; user < 200; user++)
            {
                counts[random.Next(3)]++;
            }

            return !ChiSquare.OfEvenSpread(counts).IsPlausible;
        });

        Assert.InRange(alarms, 5, 40);
    }
}
