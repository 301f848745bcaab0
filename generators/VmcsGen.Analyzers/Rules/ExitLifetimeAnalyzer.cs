using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds exits, their payloads and spans that are used after the vCPU has run again.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ExitLifetimeAnalyzer : FlowAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(RuleDescriptors.ExitIsOver);

    private protected override FlowRule? CreateRule(Compilation compilation) =>
        compilation.GetTypeByMetadataName(TypeNames.KvmVcpu) is { } vcpu && compilation.GetTypeByMetadataName(TypeNames.KvmExit) is { } exit
            ? new(
                operation => operation is IInvocationOperation call && ExitLifetimeFlow.EndsExits(call, vcpu),
                (graph, report, cancellation) => new ExitLifetimeFlow(vcpu, exit).Run(graph, report, cancellation)
            )
            : null;
}
