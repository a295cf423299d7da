namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>A result as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere.</summary>
public partial class ResultPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="result">The result.</param>
    /// <param name="picture">The deployment as an SVG element, coloured by utilisation; null: none.</param>
    /// <param name="environment">What the run happened on, name and value.</param>
    public static string Render(LoadResult result, string? picture, IReadOnlyList<(string Name, string Value)> environment) =>
        RazorText.Of<ResultPage>(new()
        {
            [nameof(Result)] = result,
            [nameof(Picture)] = picture,
            [nameof(Environment)] = environment,
        }) + "\n";
}
