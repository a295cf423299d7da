using System.Reflection;
using Xunit;

namespace SynapseLab.Tests.RealLab;

public sealed class TestLabsTests
{
    /// <summary>
    /// eng/tests/run.sh runs the tests with Lab=real in one process and all others in a second one at the same time: split, a class would
    /// take down in one what it starts under the same name in the other.
    /// </summary>
    [Fact]
    public void The_tests_of_a_class_run_in_one_process_since_they_share_the_names_of_its_labs()
    {
        var split =
            from type in typeof(TestLabs).Assembly.GetTypes()
            let onRunningLabs = type
                .GetMethods()
                .Where(IsTest)
                .Select(method => Traits(type).Concat(Traits(method)).Contains("real"))
                .Distinct()
                .Count()
            where onRunningLabs > 1
            select type.FullName;

        Assert.Empty(split);
    }

    private static bool IsTest(MethodInfo method) => method.IsDefined(typeof(FactAttribute), inherit: true);

    // [Trait("Lab", "real")] keeps neither name nor value as properties.
    private static IEnumerable<string?> Traits(MemberInfo member) =>
        from attribute in member.GetCustomAttributesData()
        where attribute.AttributeType == typeof(TraitAttribute) && attribute.ConstructorArguments[0].Value is "Lab"
        select (string?)attribute.ConstructorArguments[1].Value;
}
