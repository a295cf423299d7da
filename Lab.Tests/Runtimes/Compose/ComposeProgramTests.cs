using SynapseLab.Runtimes.Compose;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Compose;

public sealed class ComposeProgramTests
{
    [Fact]
    public void The_user_s_own_plugin_comes_first_and_is_called_by_its_own_name()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("cli-plugins"));
        File.WriteAllText(folder.File("cli-plugins/docker-compose"), "");

        var compose = ComposeProgram.Find(folder.Path);

        Assert.Equal(folder.File("cli-plugins/docker-compose"), compose.Program);
        Assert.Empty(compose.Arguments);
    }

    [Fact]
    public void Without_a_plugin_of_the_user_s_it_is_the_machine_s_or_the_docker_command()
    {
        using var folder = new TemporaryFolder();

        var compose = ComposeProgram.Find(folder.Path);

        var isPlugin = compose.Program.EndsWith("/cli-plugins/docker-compose", StringComparison.Ordinal) && compose.Arguments.Count == 0;
        Assert.True(compose.Program == "docker" ? compose.Arguments is ["compose"] : isPlugin);
    }
}
