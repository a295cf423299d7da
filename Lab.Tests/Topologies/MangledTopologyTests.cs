using System.Text;
using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>
/// Files that somebody, or something, broke at random places: each is a topology that deploys, or has problems; nothing else ever happens.
/// </summary>
public sealed class MangledTopologyTests
{
    private const int Files = 400;

    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mangled_file_deploys_or_has_problems(string topology)
    {
        var original = File.ReadAllText(Path.Combine(KnownTopologies.Root, "topologies", $"{topology}.yaml"));
        var random = new Random(20261121);
        var broken = 0;
        for (var i = 0; i < Files; i++)
        {
            var text = Mangle(original, random);
            var result = TopologyFile.Parse("my.yaml", Encoding.UTF8.GetBytes(text));
            if (result.Topology is { } read)
            {
                Assert.NotEmpty(ComposeRenderer.RenderProject(DeploymentBuilder.Build(read, new DeploymentInputs())));
                continue;
            }

            broken++;
            Assert.All(result.Problems, problem => Assert.StartsWith("my.yaml", problem.Where, StringComparison.Ordinal));
            Assert.All(result.Problems, problem => Assert.DoesNotContain('\n', problem.ToString()));
        }

        Assert.InRange(broken, Files / 4, Files - 1);
    }

    private static string Mangle(string text, Random random)
    {
        var lines = text.Split('\n').ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var line = random.Next(lines.Count);
            switch (random.Next(6))
            {
                case 0:
                    lines.RemoveAt(line);
                    break;
                case 1:
                    lines.Insert(line, lines[random.Next(lines.Count)]);
                    break;
                case 2:
                    lines[line] = new string(' ', random.Next(12)) + lines[line].TrimStart();
                    break;
                case 3 when lines[line].Length > 0:
                    lines[line] = lines[line].Remove(random.Next(lines[line].Length), 1);
                    break;
                case 4:
                    lines[line] = lines[line].Insert(
                        random.Next(lines[line].Length + 1),
                        "{}[]:,&*!|>'\"#-%@`\t~0é"[random.Next(22)].ToString());
                    break;
                default:
                    lines[line] = lines[line].Replace(
                        "1",
                        random.Next(-1, 99999).ToString(System.Globalization.CultureInfo.InvariantCulture),
                        StringComparison.Ordinal);
                    break;
            }
        }

        return string.Join('\n', lines);
    }
}
