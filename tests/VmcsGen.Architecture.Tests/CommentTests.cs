using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Architecture.Tests;

/// <summary>The formatter breaks lines of code; comments are broken by hand, and this test looks at them.</summary>
public class CommentTests
{
    private const int Longest = 140;

    private static readonly string[] s_folders = ["generators", "runtime", "samples", "tests"];
    private static readonly string[] s_others = ["/obj/", "/bin/", ".verified."];

    [Fact]
    public void Comments_fit_into_the_lines_of_the_editor_configuration()
    {
        var files = s_folders
            .SelectMany(static folder =>
                Directory.EnumerateFiles(Path.Combine(RuntimeSources.Root, folder), "*.cs", SearchOption.AllDirectories)
            )
            .Where(static path => !s_others.Any(part => path.Contains(part, StringComparison.Ordinal)))
            .ToArray();

        Assert.True(files.Length > 1000, $"Only {files.Length} files were found.");
        Assert.Empty(files.SelectMany(LongLines));
    }

    private static IEnumerable<string> LongLines(string path)
    {
        var text = File.ReadAllText(path);
        if (text.Split('\n').All(static line => line.Length <= Longest))
            return [];
        var lines = text.Split('\n');
        return CSharpSyntaxTree
            .ParseText(text)
            .GetRoot()
            .DescendantTrivia()
            .Where(static trivia =>
                trivia.ToString().StartsWith("//", StringComparison.Ordinal)
                || trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia)
            )
            .SelectMany(static trivia =>
            {
                var span = trivia.GetLocation().GetLineSpan();
                return Enumerable.Range(span.StartLinePosition.Line, span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
            })
            .Distinct()
            .Where(line => lines[line].Length > Longest && lines[line].TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Select(line => $"{Path.GetRelativePath(RuntimeSources.Root, path)}({line + 1}): {lines[line].Length} characters");
    }
}
