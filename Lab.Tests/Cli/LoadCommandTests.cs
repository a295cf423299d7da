using SynapseLab.Cli;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class LoadCommandTests
{
    private readonly LabCommandLine _lab = new();

    [Theory]
    [InlineData("nosuch", "there is no load profile 'nosuch'")]
    [InlineData("chat --rate 0", "--rate: 'rate' has to be above 0 and up to 5000, here it is 0")]
    [InlineData("chat --rate 1000000000", "--rate: 'rate' has to be above 0 and up to 5000, here it is 1000000000")]
    [InlineData("chat --rate NaN", "--rate: 'rate' has to be a number, here it is text ('NaN')")]
    [InlineData("chat --rate fast", "--rate: 'rate' has to be a number, here it is text ('fast')")]
    [InlineData("chat --duration 1y", "--duration: 'duration' has to be between 1s and 24h, here it is 1y")]
    [InlineData("chat --duration 0s", "--duration: 'duration' has to be between 1s and 24h, here it is 0s")]
    [InlineData("chat --duration 60", "--duration: 'duration' has to be a time with its unit, here it is a number ('60')")]
    [InlineData("chat --rate 5000 --duration 24h", "--duration: rate times duration is 432000000 operations, the limit is 20000000")]
    [InlineData("chat --seed x", "--seed: 'seed' has to be a whole number, here it is text ('x')")]
    [InlineData("chat --driver jmeter", "there is no driver 'jmeter'")]
    [InlineData("chat --target nowhere", "--target: 'nowhere' is no URL")]
    [InlineData("chat --target http://192.0.2.7:8008", "http://192.0.2.7:8008: 192.0.2.7 is not this machine")]
    public Task Wrong_use_is_one_line_and_exit_code_2_before_any_lab_is_asked(string arguments, string problem) =>
        _lab.RefusesAsync($"load {arguments}", problem);

    [WithoutNBomberFact]
    public async Task A_driver_that_this_build_is_without_is_refused_with_the_reason_and_the_way_out()
    {
        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync("load chat --driver nbomber"));

        Assert.Equal(
            "lab: this build is without NBomber. Leave --driver out for the built-in one. "
                + "./lab setup takes NBomber where a package source of this machine has it\n",
            _lab.Error);
    }

    private sealed class WithoutNBomberFactAttribute : FactAttribute
    {
        public WithoutNBomberFactAttribute() => Skip = LabDrivers.OfThisBuild().HaveNBomber ? "this build has NBomber" : null;
    }
}
