using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Statements for the database.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class SqlVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Rows_of_a_statement_are_lines_below_their_names()
    {
        Assert.Equal(
            (0, "number\tnothing\n1\t\n2\t\n", ""),
            await RunAsync("sql", "SELECT number, NULL AS nothing FROM generate_series(1, 2) number"));
    }

    [Fact]
    public async Task A_statement_without_rows_prints_none() => Assert.Equal((0, "", ""), await RunAsync("sql", "DO 'BEGIN NULL; END'"));

    [Theory]
    [InlineData("SELEC", "lab: Postgres refused: syntax error at or near \"SELEC\"\n")]
    [InlineData("SELECT * FROM nosuch", "lab: Postgres refused: relation \"nosuch\" does not exist\n")]
    public async Task A_statement_that_Postgres_refuses_is_one_line_and_exit_code_1(string statement, string problem) =>
        Assert.Equal((ExitCodes.Failed, "", problem), await RunAsync("sql", statement));
}
