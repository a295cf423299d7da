using SynapseLab.Cli;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class LoadCommandTests
{
    private readonly LabCommandLine _lab = new();

    [Theory]
    [InlineData("nosuch", "there is no load profile 'nosuch'")]
    [InlineData("chat --rate 0", "--rate: rate is 0/s, the limits are above 0/s and 5000/s")]
    [InlineData("chat --rate 1000000000", "--rate: rate is 1000000000/s, the limits are above 0/s and 5000/s")]
    [InlineData("chat --rate NaN", "--rate: rate is NaN/s, the limits are above 0/s and 5000/s")]
    [InlineData("chat --rate fast", "--rate takes a number, not 'fast'")]
    [InlineData("chat --duration 1y", "--duration: duration is 8760h, the limits are 1s and 24h")]
    [InlineData("chat --duration 0s", "--duration: duration is 0s, the limits are 1s and 24h")]
    [InlineData("chat --duration 60", "--duration takes a time with its unit, not '60'")]
    [InlineData("chat --rate 5000 --duration 24h", "--duration: rate times duration is 432000000 operations, the limit is 20000000")]
    [InlineData("chat --seed x", "--seed takes a whole number, not 'x'")]
    [InlineData("chat --driver jmeter", "there is no driver 'jmeter'")]
    [InlineData("chat --target nowhere", "--target: 'nowhere' is no URL")]
    [InlineData("chat --target http://192.0.2.7:8008", "http://192.0.2.7:8008: 192.0.2.7 is not this machine")]
    public Task Wrong_use_is_one_line_and_exit_code_2_before_any_lab_is_asked(string arguments, string problem) => _lab.RefusesAsync($"load {arguments}", problem);

    [WithoutNBomberFact]
    public async Task A_driver_that_this_build_is_without_is_refused_with_the_reason_and_the_way_out()
    {
        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync("load chat --driver nbomber"));

        Assert.Equal("lab: this build is without NBomber. Leave --driver out for the built-in one. ./lab setup takes NBomber where a package source of this machine has it\n", _lab.Error);
    }

    private sealed class WithoutNBomberFactAttribute : FactAttribute
    {
        public WithoutNBomberFactAttribute() => Skip = LabDrivers.OfThisBuild().HaveNBomber ? "this build has NBomber" : null;
    }
}
