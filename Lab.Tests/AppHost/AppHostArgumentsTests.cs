using Xunit;

namespace SynapseLab.Tests.AppHost;

public sealed class AppHostArgumentsTests
{
    [Fact]
    public async Task A_runtime_that_is_not_there_is_refused_with_those_that_are_and_aspire_is_among_them()
    {
        using var program = AppHostProgram.Start("--runtime", "podman");

        var said = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();

        Assert.Equal(ExitCodes.WrongUse, program.ExitCode);
        Assert.Matches(@"there is no runtime 'podman'\. There are .*aspire", said);
    }
}
