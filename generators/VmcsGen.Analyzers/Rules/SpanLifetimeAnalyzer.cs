using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds spans of guest memory and references to run pages that are used, or returned, after their owner was disposed of.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SpanLifetimeAnalyzer : FlowAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.SpanOutlivesOwner);

    private protected override FlowRule? CreateRule(Compilation compilation) =>
        compilation.GetTypeByMetadataName(TypeNames.GuestMemory) is { } memory
        && compilation.GetTypeByMetadataName(TypeNames.KvmVcpu) is { } vcpu
            ? new(
                operation => operation is IUsingOperation || SpanLifetimeFlow.DisposedBy(operation, memory, vcpu) is not null,
                (graph, report, cancellation) => new SpanLifetimeFlow(memory, vcpu, GivenAwayIn(graph)).Run(graph, report, cancellation)
            )
            {
                Look = operation => LookAtReturn(operation, memory, vcpu),
                Kinds = [OperationKind.Return],
            }
            : null;

    private static ImmutableHashSet<ISymbol> GivenAwayIn(ControlFlowGraph graph) =>
        graph
            .OriginalOperation.Descendants()
            .OfType<IArgumentOperation>()
            .Select(static argument => argument.Value.Unconverted().LocalOrParameter())
            .OfType<ISymbol>()
            .ToImmutableHashSet(SymbolEqualityComparer.Default);

    private static void LookAtReturn(OperationAnalysisContext context, INamedTypeSymbol memory, INamedTypeSymbol vcpu)
    {
        var returned = (IReturnOperation)context.Operation;
        if (
            returned.ReturnedValue is not { Type: var type } value
            || !(type is { IsRefLikeType: true } || returned.Syntax.DescendantNodes().Any(static node => node is RefExpressionSyntax))
        )
            return;
        foreach (var operation in value.DescendantsAndSelf())
        {
            if (
                SpanLifetimeFlow.LenderOf(operation, memory, vcpu) is { } lender
                && lender.Unconverted() is ILocalReferenceOperation { Local: var owner }
                && IsDisposedOnTheWay(owner)
            )
                context.ReportDiagnostic(
                    Diagnostic.Create(RuleDescriptors.SpanOutlivesOwner, value.Syntax.GetLocation(), value.Syntax, owner.Name)
                );
        }
    }

    private static bool IsDisposedOnTheWay(ILocalSymbol owner) =>
        owner.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax().Parent?.Parent switch
        {
            LocalDeclarationStatementSyntax statement => statement.UsingKeyword.IsKind(SyntaxKind.UsingKeyword),
            UsingStatementSyntax => true,
            _ => false,
        };
}
