using System;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds VMX instructions whose outcome nobody looks at.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class IgnoredResultAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.ResultIgnored);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(TypeNames.VmxResult) is not { } result)
                return;
            var fieldType = start.Compilation.GetTypeByMetadataName(TypeNames.VmcsField);
            start.RegisterOperationAction(operation => Analyze(operation, result, fieldType), OperationKind.ExpressionStatement);
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol result, INamedTypeSymbol? fieldType)
    {
        var statement = (IExpressionStatementOperation)context.Operation;
        // The body of a lambda that is passed as an Action is not a statement of its own: Assert.Throws(() => cpu.Vmxoff()).
        if (
            statement.Syntax is not ExpressionStatementSyntax syntax
            || statement.Operation is not (IInvocationOperation or IAwaitOperation or IConditionalAccessOperation)
            || !statement.Operation.Type.Is(result)
        )
            return;
        var properties = ImmutableDictionary<string, string?>.Empty;
        if (statement.Operation is IInvocationOperation call && !result.GetMembers("ThrowIfFailed").IsEmpty)
            properties = properties.Add(DiagnosticProperties.Operation, OperationOf(call, fieldType));
        context.ReportDiagnostic(
            Diagnostic.Create(RuleDescriptors.ResultIgnored, syntax.Expression.GetLocation(), properties, NameOf(statement.Operation))
        );
    }

    private static string NameOf(IOperation operation) =>
        operation switch
        {
            IInvocationOperation call => call.TargetMethod.Name,
            IAwaitOperation awaited => NameOf(awaited.Operation),
            IConditionalAccessOperation conditional => NameOf(conditional.WhenNotNull),
            _ => "This",
        };

    // As the runtime's own exceptions say it: "VMWRITE of GuestRip".
    private static string OperationOf(IInvocationOperation call, INamedTypeSymbol? fieldType)
    {
        var instruction = call.TargetMethod.Name switch
        {
            "TryRead" => "VMREAD",
            "TryWrite" => "VMWRITE",
            var name when name.StartsWith("Vm", StringComparison.Ordinal) || name.StartsWith("Inv", StringComparison.Ordinal) =>
                name.ToUpperInvariant(),
            var name => name,
        };
        return
            fieldType is not null
            && call.TargetMethod.Parameters.Length > 0
            && call.TargetMethod.Parameters[0].Type.Is(fieldType)
            && call.ArgumentOf(0)?.Unconverted() is IMemberReferenceOperation field
            ? $"{instruction} of {field.Member.Name}"
            : instruction;
    }
}
