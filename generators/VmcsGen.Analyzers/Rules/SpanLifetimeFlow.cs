using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables are spans of or references to memory that was unmapped by Dispose.</summary>
/// <param name="memoryType">The type of guest memory.</param>
/// <param name="vcpuType">The type of vCPUs.</param>
/// <param name="givenAway">Variables that the method passes to other code.</param>
internal sealed class SpanLifetimeFlow(INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType, ImmutableHashSet<ISymbol> givenAway)
    : ViewLifetimeFlow(RuleDescriptors.SpanOutlivesOwner)
{
    /// <summary>What a call disposes of, if it is guest memory or a vCPU.</summary>
    public static IOperation? DisposedBy(IOperation operation, INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType) =>
        operation is IInvocationOperation { TargetMethod.Name: "Dispose", Arguments.IsEmpty: true, Instance: { } instance }
        && instance.Unconverted() is var disposed
        && (disposed.Type.Is(memoryType) || disposed.Type.Is(vcpuType))
            ? disposed
            : null;

    /// <summary>The object whose memory an operation gives a span or a reference of.</summary>
    public static IOperation? LenderOf(IOperation operation, INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType) =>
        operation switch
        {
            IPropertyReferenceOperation { Property.Name: "Span", Instance: { } memory } when memory.Type.Is(memoryType) => memory,
            IInvocationOperation { TargetMethod.Name: "GetSpan", Instance: { } memory } when memory.Type.Is(memoryType) => memory,
            IPropertyReferenceOperation { Property: { Name: "RunPage", ReturnsByRef: true }, Instance: { } vcpu }
                when vcpu.Type.Is(vcpuType) => vcpu,
            IPropertyReferenceOperation { Property: { ReturnsByRefReadonly: true }, Instance: { } registers } => VcpuOf(
                registers,
                vcpuType
            ),
            IInvocationOperation { TargetMethod.ReturnsByRef: true, Instance: { } registers } => VcpuOf(registers, vcpuType),
            _ => null,
        };

    protected override ISymbol? EndedBy(IInvocationOperation call)
    {
        if (call is not { TargetMethod.Name: "Dispose", Arguments.IsEmpty: true, Instance: { } instance })
            return null;
        return Holder(instance) is { } holder && (TypeOf(holder).Is(memoryType) || TypeOf(holder).Is(vcpuType)) ? holder : null;
    }

    protected override ISymbol? OwnerOf(IOperation operation) =>
        LenderOf(operation, memoryType, vcpuType) is { } lender && Holder(lender) is { } holder && !IsGivenAway(holder) ? holder : null;

    private static IOperation? VcpuOf(IOperation registers, INamedTypeSymbol vcpuType) =>
        registers.Unconverted() is IPropertyReferenceOperation { Property.Name: "SyncRegs", Instance: { } vcpu } && vcpu.Type.Is(vcpuType)
            ? vcpu
            : null;

    private static ITypeSymbol? TypeOf(ISymbol holder) =>
        holder switch
        {
            ILocalSymbol local => local.Type,
            IParameterSymbol parameter => parameter.Type,
            IFieldSymbol field => field.Type,
            _ => null,
        };

    // A VM keeps the memory that it maps: its spans are good after Dispose.
    private bool IsGivenAway(ISymbol holder) => TypeOf(holder).Is(memoryType) && (holder is not ILocalSymbol || givenAway.Contains(holder));
}
