using System.CommandLine;
using System.Globalization;
using Npgsql;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab sql STATEMENT [--homeserver hs2.test] [--name LAB]</c>: a statement on a homeserver's database, its
/// rows separated by tabs.</summary>
internal sealed class SqlCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var statement = new Argument<string>("statement")
        {
            Description = "For example: \"SELECT instance_name, count(*) FROM events GROUP BY 1\"",
        };
        var homeserver = LabOptions.Homeserver();
        var name = LabOptions.Name();
        var command = new Command("sql", "Run a statement on a homeserver's database and print its rows, columns separated by tabs")
        {
            statement, homeserver, name,
        };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(name), parsed.GetValue(homeserver), parsed.GetRequiredValue(statement), cancellationToken));
        statement.Validators.Add(result =>
        {
            if (result.Tokens.All(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("the statement is empty");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, string? name, string? homeserver, string statement, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        try
        {
            await using var command = lab.Database(homeserver).CreateCommand(statement);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var columns = Enumerable.Range(0, reader.FieldCount).ToArray();
            if (columns.Length > 0)
            {
                services.Output.WriteLine(string.Join('\t', columns.Select(reader.GetName)));
            }

            while (await reader.ReadAsync(cancellationToken))
            {
                // NULL is DBNull, which is empty as text.
                services.Output.WriteLine(string.Join('\t', columns.Select(column =>
                    Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))));
            }

            return ExitCodes.Fine;
        }
        catch (PostgresException e)
        {
            throw LabException.Failed($"Postgres refused: {e.MessageText}", inner: e);
        }
        catch (NpgsqlException e)
        {
            var what = $"Postgres does not answer: {e.GetBaseException().Message}";
            throw LabException.Failed(what, fix: $"See {ToType.On(lab.Name, "status")}", inner: e);
        }
    }
}
