using System.Text.Json;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.Yaml;
using Xunit;
using JsonSchema = SynapseLab.Yaml.Shapes.JsonSchema;

namespace SynapseLab.Tests.LoadTests;

/// <summary>docs/profile.schema.json, which editors complete profiles from.</summary>
public sealed class ProfileSchemaTests
{
    private const string File = "docs/profile.schema.json";

    private static readonly global::Json.Schema.JsonSchema Schema = global::Json.Schema.JsonSchema.FromFile(Repository.Path(File));

    public static TheoryData<string> Names => LoadProfileFileTests.ProfilesOfTheRepository;

    [Fact]
    public void It_is_what_profiles_are_checked_with() =>
        Snapshot.MatchRepositoryFile(JsonSchema.Write("Synapse worker lab: load profile", ProfileShape.File), File);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_profile_of_the_repository_names_it_and_fits_it(string name)
    {
        var text = System.IO.File.ReadAllText(Repository.Path($"profiles/{name}.yaml"));
        Assert.StartsWith($"# yaml-language-server: $schema=../{File}\n", text);
        Assert.True(Fits(text));
    }

    [Theory]
    [InlineData("duration: 60s", "duration: 60")]
    [InlineData("rate: 10", "rate: 0")]
    [InlineData("sync: {users: all}", "sync: {users: some}")]
    [InlineData("allowed_errors: 0.5%", "allowed_errors: 101%")]
    [InlineData("mix: {send: 1}", "mix: {send: -1}")]
    [InlineData("arrival: steady", "arrival: chaotic")]
    public void What_an_editor_marks_the_lab_refuses_too(string right, string wrong)
    {
        const string Text = """
            users: 4
            rooms: {count: 1, members: 2}
            duration: 60s
            rate: 10
            arrival: steady
            mix: {send: 1}
            sync: {users: all}
            allowed_errors: 0.5%

            """;
        Assert.True(Fits(Text));
        Assert.NotNull(LoadProfileFile.Parse("p.yaml", Text).Profile);

        var changed = Text.Replace(right, wrong, StringComparison.Ordinal);
        Assert.False(Fits(changed));
        Assert.NotEmpty(LoadProfileFile.Parse("p.yaml", changed).Problems);
    }

    private static bool Fits(string text)
    {
        var value = JsonSerializer.SerializeToElement(YamlValues.ToValue(YamlText.Parse(text, new FileProblems("p.yaml"))!));
        return Schema.Evaluate(value).IsValid;
    }
}
