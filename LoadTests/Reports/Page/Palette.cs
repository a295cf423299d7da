namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>Colours that can be told apart, also by people who do not see all of them (after Okabe and Ito, and Tol).</summary>
internal static class Palette
{
    private static readonly string[] Colours =
    [
        "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999933", "#882255", "#44aa99", "#aa4499", "#117733", "#ddcc77",
        "#332288", "#88ccee", "#661100", "#6699cc",
    ];

    /// <summary>The colour of the n-th of something.</summary>
    public static string Of(int n) => Colours[n % Colours.Length];
}
