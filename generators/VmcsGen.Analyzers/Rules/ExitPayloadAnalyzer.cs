using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds payloads that are read where the exit is known to have another reason: <c>exit.Mmio</c> in <c>case KvmExitReason.Io:</c>.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ExitPayloadAnalyzer : FlowAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.PayloadOfOtherReason);

    private protected override FlowRule? CreateRule(Compilation compilation) =>
        compilation.GetTypesByMetadataName(TypeNames.BelongsTo).IsEmpty
            ? null
            : new(
                static operation =>
                    operation is IPropertyReferenceOperation { Property: var property } && ExitReasonFlow.ReasonsOf(property) is not null,
                static (graph, report, cancellation) => new ExitReasonFlow().Run(graph, report, cancellation)
            );
}
