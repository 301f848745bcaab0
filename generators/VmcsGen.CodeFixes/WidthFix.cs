using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using VmcsGen.Analyzers;

namespace VmcsGen.CodeFixes;

/// <summary><c>(ushort)vmcs.GuestRip</c> becomes <c>unchecked((ushort)vmcs.GuestRip)</c>, which says that it is meant.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(WidthFix))]
public sealed class WidthFix : ExpressionFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(RuleIds.WidthDoesNotFit);

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            // A constant that is too wide is a mistake; what was meant, only its author knows.
            if (
                root?.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is CastExpressionSyntax
                {
                    Parent: not ArgumentSyntax
                    {
                        Parent.Parent: InvocationExpressionSyntax
                        {
                            Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Write" or "TryWrite" or "Vmwrite" }
                        }
                    }
                }
            )
                await OfferAsync(
                        context,
                        diagnostic,
                        "Say that the low bits are meant: unchecked(…)",
                        RuleIds.WidthDoesNotFit,
                        expression => SyntaxFactory.CheckedExpression(SyntaxKind.UncheckedExpression, expression.WithoutTrivia())
                    )
                    .ConfigureAwait(false);
        }
    }
}
