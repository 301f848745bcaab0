using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds KVM objects in variables that are used when every way there has disposed of them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DisposedUseAnalyzer : FlowAnalyzer
{
    private static readonly string[] Owners =
    [
        TypeNames.KvmHost,
        TypeNames.KvmVm,
        TypeNames.KvmVcpu,
        TypeNames.KvmDevice,
        TypeNames.GuestMemory,
    ];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.UsedAfterDispose);

    private protected override FlowRule? CreateRule(Compilation compilation)
    {
        var owners = Owners
            .Select(compilation.GetTypeByMetadataName)
            .OfType<INamedTypeSymbol>()
            .ToImmutableHashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        return owners.IsEmpty
            ? null
            : new(
                operation =>
                    operation switch
                    {
                        IInvocationOperation { TargetMethod.Name: "Dispose", Instance.Type: INamedTypeSymbol type } => owners.Contains(
                            type
                        ),
                        IUsingOperation => true,
                        _ => false,
                    },
                (graph, report, cancellation) => new DisposedFlow(owners).Run(graph, report, cancellation)
            );
    }
}
