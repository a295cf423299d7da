using SynapseLab.LoadTests.Profiles;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class LoadProfileFileTests
{
    private const string Good = """
        description: Talk
        users: 10
        rooms: {count: 5, members: 4}
        duration: 30s
        rate: 10
        mix: {send: 6, typing: 2, receipt: 2}
        """;

    [Fact]
    public void Values_beyond_a_limit_are_told_beside_words_that_cannot_be_read()
    {
        var result = LoadProfileFile.Parse(
            "my.yaml",
            "users: 0\nrooms: {count: 2, members: eight}\nduration: 1y\nrate: 5\nmix: {send: 1}\ncolour: red\n");

        Assert.Null(result.Profile);
        Assert.Equal(["my.yaml:1", "my.yaml:2", "my.yaml:3", "my.yaml:6"], result.Problems.Select(problem => problem.Where));
    }

    [Fact]
    public void What_a_profile_leaves_out_has_its_documented_value()
    {
        var profile = LoadProfileFile.Parse("profiles/talk.yaml", Good).Profile!;
        Assert.Equal("talk", profile.Name);
        Assert.Equal(Arrival.Poisson, profile.Open.Arrival);
        Assert.Equal(Popularity.Even, profile.Rooms.Popularity);
        Assert.Equal(new ClosedWorkload(null, TimeSpan.FromSeconds(30)), profile.Closed);
        var (request, delivery) = (profile.RequestTimeout.TotalSeconds, profile.DeliveryDeadline.TotalSeconds);
        Assert.Equal((64, 60.0, 30.0, 0.0, 1L), (profile.MessageBytes, request, delivery, profile.AllowedErrors, profile.Seed));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var profile = LoadProfileFile.Parse("p.yaml", """
            users: 7
            remote_users: 2
            rooms: {count: 3, members: 2, popularity: zipf}
            duration: 1.5m
            rate: 0.5
            arrival: steady
            mix: {send: 1}
            sync: {users: 4, timeout: 500ms}
            message_bytes: 1000
            request_timeout: 5s
            delivery_deadline: 10s
            allowed_errors: 0.5%
            seed: 99
            """).Profile!;
        Assert.Equal((7, 2, 90.0, 0.5), (profile.Users, profile.RemoteUsers, profile.Duration.TotalSeconds, profile.Open.Rate));
        Assert.Equal(new RoomShape(3, 2, Popularity.Zipf), profile.Rooms);
        Assert.Equal(Arrival.Steady, profile.Open.Arrival);
        Assert.Equal(new OperationMix(1, 0, 0), profile.Open.Mix);
        Assert.Equal(new ClosedWorkload(4, TimeSpan.FromMilliseconds(500)), profile.Closed);
        var (request, delivery) = (profile.RequestTimeout.TotalSeconds, profile.DeliveryDeadline.TotalSeconds);
        Assert.Equal((1000, 5.0, 10.0, 0.005, 99L), (profile.MessageBytes, request, delivery, profile.AllowedErrors, profile.Seed));
    }

    [Theory]
    [InlineData("users: 10", "users: 0", "p.yaml:2: 'users' has to be between 1 and 5000, here it is 0")]
    [InlineData("users: 10", "users: 5001", "p.yaml:2: 'users' has to be between 1 and 5000, here it is 5001")]
    [InlineData("users: 10", "users: many", "p.yaml:2: 'users' has to be a whole number, here it is text ('many')")]
    [InlineData("users: 10", "user: 10", "p.yaml:2: unknown key 'user' in the profile. Did you mean 'users'?")]
    [InlineData("rate: 10", "rate: 0", "p.yaml:5: 'rate' has to be above 0 and up to 5000, here it is 0")]
    [InlineData("rate: 10", "rate: -1", "p.yaml:5: 'rate' has to be above 0 and up to 5000, here it is -1")]
    [InlineData("rate: 10", "rate: 1000000000", "p.yaml:5: 'rate' has to be above 0 and up to 5000, here it is 1000000000")]
    [InlineData("rate: 10", "rate: .nan", "p.yaml:5: 'rate' has to be a number, here it is text ('.nan')")]
    [InlineData("rate: 10", "rate: [10]", "p.yaml:5: 'rate' has to be a number, here it is a list")]
    [InlineData("duration: 30s", "duration: 1y", "p.yaml:4: 'duration' has to be between 1s and 24h, here it is 1y")]
    [InlineData("duration: 30s", "duration: 30", "p.yaml:4: 'duration' has to be a time with its unit, here it is a number ('30'). Write for example 30s, 5m or 1h")]
    [InlineData("duration: 30s", "duration: 0s", "p.yaml:4: 'duration' has to be between 1s and 24h, here it is 0s")]
    [InlineData("members: 4", "members: 11", "p.yaml:3: a room of 11 members needs more than the 10 users that there are. Take up to 10, or more users")]
    [InlineData("count: 5", "count: 0", "p.yaml:3: 'count' has to be between 1 and 10000, here it is 0")]
    [InlineData("{count: 5, members: 4}", "5", "p.yaml:3: 'rooms' has to be a mapping, here it is a number ('5')")]
    [InlineData("{send: 6, typing: 2, receipt: 2}", "{send: 0}", "p.yaml:6: none of the operations has a share above 0")]
    [InlineData("{send: 6, typing: 2, receipt: 2}", "{send: -1}", "p.yaml:6: 'send' has to be between 0 and 1000000, here it is -1")]
    [InlineData("{send: 6, typing: 2, receipt: 2}", "{sned: 6}", "p.yaml:6: unknown key 'sned' in 'mix'. Did you mean 'send'?")]
    [InlineData("description: Talk", "sync: {users: 11}", "p.yaml:1: 11 users who sync are more than the 10 that there are. Take up to 10, or 'all'")]
    [InlineData("description: Talk", "sync: {users: some}", "p.yaml:1: 'users' has to be 'all' or a whole number from 0 to 5000, here it is text ('some')")]
    [InlineData("description: Talk", "arrival: chaotic", "p.yaml:1: there is no arrival 'chaotic'. Known: poisson, steady")]
    [InlineData("description: Talk", "allowed_errors: 0.01", "p.yaml:1: 'allowed_errors' has to be text, here it is a number ('0.01')")]
    [InlineData("rate: 10", "rate: 10\nrate: 11", "p.yaml:6: 'rate' stands twice, first on line 5")]
    [InlineData("duration: 30s", "duration: [30s", "p.yaml:4: not valid YAML")]
    public void A_mistake_is_told_with_its_line(string right, string wrong, string problem)
    {
        var result = LoadProfileFile.Parse("p.yaml", Good.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(result.Profile);
        Assert.Contains(result.Problems, found => found.ToString().StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_of_more_operations_than_can_be_remembered_is_refused_with_the_limit_named()
    {
        var text = Good.Replace("rate: 10", "rate: 5000", StringComparison.Ordinal).Replace("30s", "24h", StringComparison.Ordinal);
        var problem = Assert.Single(LoadProfileFile.Parse("p.yaml", text).Problems);
        Assert.StartsWith("p.yaml:4: rate times duration is 432000000 operations, the limit is 20000000", problem.ToString());
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_their_lines()
    {
        var result = LoadProfileFile.Parse("p.yaml", "users: x\nrooms: {count: y, members: 1}\nduration: z\nrate: 1\nmix: {send: 1}\n");
        Assert.Equal(["p.yaml:1", "p.yaml:2", "p.yaml:3"], result.Problems.Select(problem => problem.Where));
    }

    [Theory]
    [InlineData("", "p.yaml: the file is empty")]
    [InlineData("# only a comment", "p.yaml: the file is empty")]
    [InlineData("just words", "p.yaml:1: the profile has to be a mapping, here it is text ('just words')")]
    [InlineData("a\0b", "p.yaml: the file is not text")]
    public void What_is_no_profile_at_all_is_refused(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Single(LoadProfileFile.Parse("p.yaml", text).Problems).ToString());

    [Theory]
    [InlineData(5_000_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void A_seed_is_any_whole_number_and_taken_as_it_is_written(long seed) =>
        Assert.Equal(
            seed,
            LoadProfileFile.Parse(
                "p.yaml",
                $"users: 1\nrooms: {{count: 1, members: 1}}\nduration: 1s\nrate: 1\nmix: {{send: 1}}\nseed: {seed}\n").Profile!.Seed);

    [Theory]
    [InlineData("users: 5000000000", "p.yaml:1: 'users' has to be between 1 and 5000, here it is 5000000000")]
    [InlineData("users: 99999999999999999999", "p.yaml:1: 'users' has to be a whole number, here it is text ('99999999999999999999')")]
    public void A_number_that_is_refused_is_told_as_it_is_written(string users, string problem) =>
        Assert.StartsWith(
            problem,
            LoadProfileFile.Parse(
                "p.yaml",
                $"{users}\nrooms: {{count: 1, members: 1}}\nduration: 1s\nrate: 1\nmix: {{send: 1}}\n").Problems[0].ToString(),
            StringComparison.Ordinal);

    [Fact]
    public void A_missing_key_is_named()
    {
        var problems = LoadProfileFile.Parse("p.yaml", "users: 1\nrooms: {count: 1}\n").Problems.Select(problem => problem.What);
        Assert.Equal(
            ["'duration' is missing", "'members' is missing", "'mix' is missing", "'rate' is missing"],
            problems.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> ProfilesOfTheRepository => [.. new ProfileLibrary(Repository.Path("profiles")).Names];

    [Theory]
    [MemberData(nameof(ProfilesOfTheRepository))]
    public void Profiles_of_the_repository_are_good(string name) =>
        Assert.NotNull(new ProfileLibrary(Repository.Path("profiles")).Load(name).Profile);

    [Fact]
    public void An_unknown_profile_is_answered_with_those_that_there_are()
    {
        var error = Assert.Throws<LabException>(() => new ProfileLibrary(Repository.Path("profiles")).Load("chatt"));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Equal("there is no load profile 'chatt'. Did you mean 'chat'?", error.Message);
    }
}
