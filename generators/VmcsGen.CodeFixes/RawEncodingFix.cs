using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using VmcsGen.Analyzers;

namespace VmcsGen.CodeFixes;

/// <summary><c>(VmcsField)0x681E</c> becomes <c>VmcsField.GuestRip</c>.</summary>
// Not [Shared]: that attribute would tie this assembly to one version of System.Composition, and hosts have several.
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RawEncodingFix))]
public sealed class RawEncodingFix : ExpressionFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(RuleIds.RawEncoding);

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            var name = diagnostic.Properties[DiagnosticProperties.Name]!;
            await OfferAsync(
                    context,
                    diagnostic,
                    $"Write VmcsField.{name}",
                    RuleIds.RawEncoding,
                    expression =>
                        expression is CastExpressionSyntax { Type: NameSyntax type }
                            ? SyntaxFactory.MemberAccessExpression(
                                SyntaxKind.SimpleMemberAccessExpression,
                                type.WithoutTrivia(),
                                SyntaxFactory.IdentifierName(name)
                            )
                            : null
                )
                .ConfigureAwait(false);
        }
    }
}
