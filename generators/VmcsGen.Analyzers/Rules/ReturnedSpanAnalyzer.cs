using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds spans and references that a method returns although it disposes of their owner on the way.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReturnedSpanAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(RuleDescriptors.SpanOutlivesOwner);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(TypeNames.GuestMemory) is { } memory
                && start.Compilation.GetTypeByMetadataName(TypeNames.KvmVcpu) is { } vcpu)
                start.RegisterOperationAction(operation => Analyze(operation, memory, vcpu), OperationKind.Return);
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol memory, INamedTypeSymbol vcpu)
    {
        var returned = (IReturnOperation)context.Operation;
        if (returned.ReturnedValue is not { } value || !(value.Type is { IsRefLikeType: true } || returned.Syntax.DescendantNodes().Any(static node => node is RefExpressionSyntax)))
            return;
        foreach (var operation in value.DescendantsAndSelf())
        {
            if (SpanLifetimeFlow.LenderOf(operation, memory, vcpu) is { } lender
                && lender.Unconverted() is ILocalReferenceOperation { Local: var owner }
                && IsDisposedOnTheWay(owner))
                context.ReportDiagnostic(Diagnostic.Create(RuleDescriptors.SpanOutlivesOwner, value.Syntax.GetLocation(), value.Syntax, owner.Name));
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
