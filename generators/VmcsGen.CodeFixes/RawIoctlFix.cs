using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Simplification;
using VmcsGen.Analyzers;

namespace VmcsGen.CodeFixes;

/// <summary><c>vm.UnsafeIoctl(0xAE80, 0)</c> becomes <c>vm.UnsafeIoctl(KvmIoctl.KVM_RUN, 0)</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RawIoctlFix))]
public sealed class RawIoctlFix : ExpressionFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(RuleIds.RawIoctlNumber);

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            var name = diagnostic.Properties[DiagnosticProperties.Name]!;
            await OfferAsync(
                    context,
                    diagnostic,
                    $"Write KvmIoctl.{name}",
                    RuleIds.RawIoctlNumber,
                    _ =>
                        SyntaxFactory
                            .ParseExpression($"global::{TypeNames.KvmIoctl}.{name}")
                            .WithAdditionalAnnotations(Simplifier.AddImportsAnnotation)
                )
                .ConfigureAwait(false);
        }
    }
}
