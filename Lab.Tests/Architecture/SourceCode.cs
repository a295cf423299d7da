using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests.Architecture;

/// <summary>
/// The lab's own code as the compiler understands it: which namespace names what of which other, and in which project each is.
/// </summary>
internal sealed class SourceCode
{
    /// <summary>The projects whose code is read, in the order in which they may refer to each other.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        ["Lab/Base", "Lab/Model", "Lab/Rendering", "Lab/Runtimes", "Scenarios", "LoadTests", "Cli", "Testcontainers", "Hosting", "AppHost"];

    private SourceCode(IReadOnlyList<Arrow> arrows, IReadOnlyDictionary<string, string> projects) =>
        (Arrows, ProjectOf) = (arrows, projects);

    /// <summary>All arrows between different namespaces of the lab.</summary>
    public IReadOnlyList<Arrow> Arrows { get; }

    /// <summary>Which namespaces name something of which others.</summary>
    public IReadOnlySet<(string From, string To)> Ways => Arrows.Select(arrow => (arrow.From, arrow.To)).ToHashSet();

    /// <summary>The project of each namespace.</summary>
    public IReadOnlyDictionary<string, string> ProjectOf { get; }

    /// <summary>Reads the checkout.</summary>
    public static SourceCode Read()
    {
        var root = LabRoot.Find().Path;
        return Of(Projects.SelectMany(project => Files(root, project)).Select(file => (file, File.ReadAllText(Path.Combine(root, file)))));
    }

    /// <summary>Reads some files, each with its path in the checkout.</summary>
    public static SourceCode Of(IEnumerable<(string Path, string Text)> files)
    {
        SyntaxTree[] trees =
        [
            // A program's first lines are in no namespace.
            .. files.Select(file => Parse(file.Text, file.Path)).Where(tree => NamespaceOf(tree).Length > 0),
            Parse(Imported, ""),
        ];
        var compilation = CSharpCompilation.Create(
            "architecture",
            trees,
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var arrows = trees.AsParallel().SelectMany(tree => ArrowsOf(compilation.GetSemanticModel(tree))).ToArray();
        var projects = trees.Where(tree => tree.FilePath.Length > 0)
            .GroupBy(NamespaceOf, tree => Projects.Single(project => tree.FilePath.StartsWith($"{project}/", StringComparison.Ordinal)))
            .ToDictionary(files => files.Key, files => files.Distinct().Single());
        return new SourceCode(arrows, projects);
    }

    private static IEnumerable<string> Files(string root, string project) =>
        Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static SyntaxTree Parse(string text, string path) =>
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview), path);

    // Beginnings of the names of this repository's assemblies.
    private static readonly string[] Own = ["Lab.", "SynapseLab."];

    // ImplicitUsings of Directory.Build.props.
    private const string Imported =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => !Own.Any(own => Path.GetFileName(file).StartsWith(own, StringComparison.Ordinal)))
            .Select(file => MetadataReference.CreateFromFile(file));

    private static string NamespaceOf(SyntaxTree tree) =>
        tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString() ?? "";

    private static IEnumerable<Arrow> ArrowsOf(SemanticModel model)
    {
        var from = NamespaceOf(model.SyntaxTree);
        foreach (var name in model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>().Where(name => !name.Ancestors().OfType<UsingDirectiveSyntax>().Any()))
        {
            var info = model.GetSymbolInfo(name);
            var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
            var type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
            var to = type?.ContainingNamespace?.ToDisplayString();
            if (to is not null && to != from && (to == "SynapseLab" || to.StartsWith("SynapseLab.", StringComparison.Ordinal)))
            {
                var line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                yield return new Arrow(from, to, symbol!.Name, $"{model.SyntaxTree.FilePath}:{line}");
            }
        }
    }
}
