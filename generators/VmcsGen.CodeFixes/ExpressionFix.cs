using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace VmcsGen.CodeFixes;

/// <summary>A code fix that puts one expression in the place of another, alone or in the whole solution.</summary>
public abstract class ExpressionFix : CodeFixProvider
{
    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <summary>Offers to replace the expression that a diagnostic is about.</summary>
    /// <param name="context">Where.</param>
    /// <param name="diagnostic">What is wrong.</param>
    /// <param name="title">What the user reads.</param>
    /// <param name="kind">What all fixes have in common that are applied together.</param>
    /// <param name="replace">Makes the new expression.</param>
    private protected static async Task OfferAsync(
        CodeFixContext context,
        Diagnostic diagnostic,
        string title,
        string kind,
        Func<ExpressionSyntax, SyntaxNode?> replace
    )
    {
        if (
            await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is { } root
            && root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is ExpressionSyntax expression
        )
        {
            context.RegisterCodeFix(
                CodeAction.Create(title, cancellation => ReplaceAsync(context.Document, expression, replace, cancellation), kind),
                diagnostic
            );
        }
    }

    private static async Task<Document> ReplaceAsync(
        Document document,
        ExpressionSyntax expression,
        Func<ExpressionSyntax, SyntaxNode?> replace,
        CancellationToken cancellation
    )
    {
        var root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
        return root is not null && replace(expression) is { } replacement
            ? document.WithSyntaxRoot(
                root.ReplaceNode(expression, replacement.WithTriviaFrom(expression).WithAdditionalAnnotations(Simplifier.Annotation))
            )
            : document;
    }
}
