using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds spans of guest memory and references to run pages that are used after their owner was disposed of.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SpanLifetimeAnalyzer : FlowAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(RuleDescriptors.SpanOutlivesOwner);

    private protected override FlowRule? CreateRule(Compilation compilation) =>
        compilation.GetTypeByMetadataName(TypeNames.GuestMemory) is { } memory && compilation.GetTypeByMetadataName(TypeNames.KvmVcpu) is { } vcpu
            ? new(
                operation => operation is IUsingOperation || SpanLifetimeFlow.DisposedBy(operation, memory, vcpu) is not null,
                (graph, report, cancellation) => new SpanLifetimeFlow(memory, vcpu).Run(graph, report, cancellation))
            : null;
}
