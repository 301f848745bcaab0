using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Analyzers;

namespace VmcsGen.CodeFixes;

/// <summary>
/// <c>cpu.Vmxon(region);</c> becomes <c>cpu.Vmxon(region).ThrowIfFailed("VMXON");</c> or <c>_ = cpu.Vmxon(region);</c>.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(IgnoredResultFix))]
public sealed class IgnoredResultFix : ExpressionFix
{
    internal const string ThrowKind = "throw";
    internal const string DiscardKind = "discard";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(RuleIds.ResultIgnored);

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (diagnostic.Properties.TryGetValue(DiagnosticProperties.Operation, out var operation) && operation is not null)
            {
                await OfferAsync(
                        context,
                        diagnostic,
                        "Throw if the instruction failed",
                        ThrowKind,
                        expression =>
                            SyntaxFactory.InvocationExpression(
                                SyntaxFactory.MemberAccessExpression(
                                    SyntaxKind.SimpleMemberAccessExpression,
                                    expression.WithoutTrivia(),
                                    SyntaxFactory.IdentifierName("ThrowIfFailed")
                                ),
                                SyntaxFactory.ArgumentList(
                                    SyntaxFactory.SingletonSeparatedList(
                                        SyntaxFactory.Argument(
                                            SyntaxFactory.LiteralExpression(
                                                SyntaxKind.StringLiteralExpression,
                                                SyntaxFactory.Literal(operation)
                                            )
                                        )
                                    )
                                )
                            )
                    )
                    .ConfigureAwait(false);
            }
            await OfferAsync(
                    context,
                    diagnostic,
                    "Discard the result",
                    DiscardKind,
                    expression =>
                        SyntaxFactory.AssignmentExpression(
                            SyntaxKind.SimpleAssignmentExpression,
                            SyntaxFactory.IdentifierName("_"),
                            expression.WithoutTrivia()
                        )
                )
                .ConfigureAwait(false);
        }
    }
}
