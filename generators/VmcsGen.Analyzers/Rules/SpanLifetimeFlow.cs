using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables are spans of or references to memory that was unmapped by Dispose.</summary>
/// <param name="memoryType">The type of guest memory.</param>
/// <param name="vcpuType">The type of vCPUs.</param>
internal sealed class SpanLifetimeFlow(INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType) : ViewLifetimeFlow(RuleDescriptors.SpanOutlivesOwner)
{
    /// <summary>What a call disposes of, if it is guest memory or a vCPU.</summary>
    public static IOperation? DisposedBy(IOperation operation, INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType) =>
        operation is IInvocationOperation { TargetMethod.Name: "Dispose", Arguments.IsEmpty: true, Instance: { } instance }
        && instance.Unconverted() is var disposed
        && (disposed.Type.Is(memoryType) || disposed.Type.Is(vcpuType))
            ? disposed
            : null;

    /// <summary>The object whose memory an operation gives a span or a reference of.</summary>
    public static IOperation? LenderOf(IOperation operation, INamedTypeSymbol memoryType, INamedTypeSymbol vcpuType) => operation switch
    {
        IPropertyReferenceOperation { Property.Name: "Span", Instance: { } memory } when memory.Type.Is(memoryType) => memory,
        IInvocationOperation { TargetMethod.Name: "GetSpan", Instance: { } memory } when memory.Type.Is(memoryType) => memory,
        IPropertyReferenceOperation { Property: { Name: "RunPage", ReturnsByRef: true }, Instance: { } vcpu } when vcpu.Type.Is(vcpuType) => vcpu,
        IPropertyReferenceOperation { Property: { ReturnsByRefReadonly: true }, Instance: { } registers } => VcpuOf(registers, vcpuType),
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
        LenderOf(operation, memoryType, vcpuType) is { } lender && Holder(lender) is { } holder && !IsGivenAway(holder, operation) ? holder : null;

    private static IOperation? VcpuOf(IOperation registers, INamedTypeSymbol vcpuType) =>
        registers.Unconverted() is IPropertyReferenceOperation { Property.Name: "SyncRegs", Instance: { } vcpu } && vcpu.Type.Is(vcpuType) ? vcpu : null;

    private static ITypeSymbol? TypeOf(ISymbol holder) => holder switch
    {
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        _ => null,
    };

    // A VM keeps the memory that it maps: its spans are good after Dispose.
    private bool IsGivenAway(ISymbol holder, IOperation operation)
    {
        if (TypeOf(holder).Is(vcpuType))
            return false;
        if (holder is not ILocalSymbol)
            return true;
        var root = operation;
        while (root.Parent is not null)
            root = root.Parent;
        // The graph's operations know the syntax that they come from.
        var model = operation.SemanticModel;
        var body = root.Syntax.FirstAncestorOrSelf<Microsoft.CodeAnalysis.CSharp.Syntax.BlockSyntax>();
        if (model is null || body is null)
            return false;
        foreach (var argument in body.DescendantNodes())
        {
            if (argument is Microsoft.CodeAnalysis.CSharp.Syntax.ArgumentSyntax { Expression: var expression }
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(expression).Symbol, holder))
                return true;
        }
        return false;
    }
}
