using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables view an exit that may be over.</summary>
/// <param name="vcpuType">The type of vCPUs.</param>
/// <param name="exitType">The type of exits.</param>
internal sealed class ExitLifetimeFlow(INamedTypeSymbol vcpuType, INamedTypeSymbol exitType) : ViewLifetimeFlow(RuleDescriptors.ExitIsOver)
{
    /// <summary>Whether a call makes a vCPU's exits unusable.</summary>
    public static bool EndsExits(IInvocationOperation call, INamedTypeSymbol vcpuType) =>
        call.TargetMethod.ContainingType.Is(vcpuType) && call.TargetMethod.Name is "Run" or "TryCompleteExit" or "Dispose";

    protected override ISymbol? EndedBy(IInvocationOperation call) => EndsExits(call, vcpuType) ? Holder(call.Instance) : null;

    protected override ISymbol? OwnerOf(IOperation operation) =>
        operation is IInvocationOperation call && call.Type.Is(exitType) ? EndedBy(call) : null;

    // TryCompleteExit hands out the new exit.
    protected override Facts<View> AfterEnd(IInvocationOperation call, ISymbol owner, Facts<View> facts)
    {
        foreach (var argument in call.Arguments)
        {
            if (
                argument.Parameter is { RefKind: RefKind.Out } parameter
                && parameter.Type.Is(exitType)
                && VariableOf(OutVariable(argument.Value)) is { } next
            )
                facts = facts.With(next, new(owner, isOver: false));
        }
        return facts;
    }
}
