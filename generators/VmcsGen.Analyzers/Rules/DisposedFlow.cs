using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables hold objects that were certainly disposed of. There is but one fact.</summary>
/// <param name="owners">The types whose methods throw after Dispose.</param>
internal sealed class DisposedFlow(ImmutableHashSet<INamedTypeSymbol> owners) : FlowAnalysis<string>
{
    private const string Disposed = nameof(Disposed);

    protected override string? Join(string? left, string? right) => left is null ? null : right;

    protected override Facts<string> Visit(IOperation operation, Facts<string> facts, Action<Diagnostic>? report)
    {
        switch (operation)
        {
            case ISimpleAssignmentOperation { Target: var target } when VariableOf(target) is { } assigned:
                return facts.With(assigned, null);
            case IInvocationOperation { TargetMethod.Name: "Dispose", Arguments.IsEmpty: true } dispose
                when OwnerOf(dispose.Instance) is { } disposed:
                return facts.With(disposed, Disposed);
            case IInvocationOperation call:
                if (
                    report is not null
                    && OwnerOf(call.Instance) is { } receiver
                    && facts[receiver] is not null
                    && Throws(call.TargetMethod)
                )
                    report(Diagnostic.Create(RuleDescriptors.UsedAfterDispose, call.Syntax.GetLocation(), receiver.Name));
                return facts;
            case IArgumentOperation { Parameter: { } parameter } argument when OwnerOf(argument.Value) is { } passed:
                // vm.MapMemory(0, memory): the runtime's own methods need what they are given.
                if (
                    report is not null
                    && parameter.RefKind == RefKind.None
                    && facts[passed] is not null
                    && IsRuntime(parameter.ContainingSymbol)
                )
                    report(Diagnostic.Create(RuleDescriptors.UsedAfterDispose, argument.Value.Syntax.GetLocation(), passed.Name));
                return parameter.RefKind is RefKind.Out or RefKind.Ref ? facts.With(passed, null) : facts;
            default:
                return facts;
        }
    }

    // What using makes of its end: if (memory != null) memory.Dispose().
    protected override Facts<string> Assume(IOperation condition, bool outcome, Facts<string> facts) =>
        outcome && condition is IIsNullOperation { IsImplicit: true } test && OwnerOf(test.Operand) is { } variable
            ? facts.With(variable, Disposed)
            : facts;

    private ISymbol? OwnerOf(IOperation? operation)
    {
        if (VariableOf(operation is IDeclarationExpressionOperation declaration ? declaration.Expression : operation) is not { } variable)
            return null;
        var type = variable is ILocalSymbol local ? local.Type : ((IParameterSymbol)variable).Type;
        return type is INamedTypeSymbol named && owners.Contains(named) ? variable : null;
    }

    private bool IsRuntime(ISymbol method) =>
        owners.Any(owner => SymbolEqualityComparer.Default.Equals(owner.ContainingAssembly, method.ContainingAssembly));

    // After Dispose a kick does nothing, by design: it may come from another thread at any time.
    private static bool Throws(IMethodSymbol method) =>
        method.Name is not ("Kick" or "Dispose") && method.ContainingType.SpecialType != SpecialType.System_Object && !method.IsOverride;
}
