using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace VmcsGen.Testing;

/// <summary>How sources are compiled where only errors count: without the analysis of comments and of null, which only warn.</summary>
public static class ErrorsOnly
{
    /// <summary>The options. What null may be takes the compiler a third of its time.</summary>
    public static CSharpParseOptions ParseOptions { get; } =
        new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None).WithFeatures([new("run-nullable-analysis", "never")]);
}
