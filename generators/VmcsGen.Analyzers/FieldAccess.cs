using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Vmx;

namespace VmcsGen.Analyzers;

/// <summary>A read or write of a VMCS field by its encoding: of an access, a processor, a batch of instructions or an image.</summary>
/// <param name="Encoding">The field's encoding.</param>
/// <param name="Field">The argument that names it.</param>
/// <param name="Value">What is written; null for a read.</param>
/// <param name="ReportsFailure">Whether the call returns the outcome instead of throwing.</param>
/// <param name="IsImage">Whether the fields lie in memory, where all may be written and none is missing by lack of a control.</param>
internal sealed record FieldAccess(ulong Encoding, IOperation Field, IOperation? Value, bool ReportsFailure, bool IsImage)
{
    /// <summary>Takes a call for what it is; null if it is not an access to a constant field.</summary>
    /// <param name="call">The call.</param>
    /// <param name="fieldType">The enum of encodings.</param>
    public static FieldAccess? Of(IInvocationOperation call, INamedTypeSymbol fieldType)
    {
        var method = call.TargetMethod;
        if (
            method.Name is not ("Read" or "Write" or "TryRead" or "TryWrite" or "Vmread" or "Vmwrite")
            || method.Parameters.Length == 0
            || !method.Parameters[0].Type.Is(fieldType)
            || call.ArgumentOf(0) is not { } field
            || field.ConstantNumber() is not { } encoding
        )
            return null;
        var isWrite = method.Name is "Write" or "TryWrite" or "Vmwrite";
        return new(
            encoding,
            field,
            isWrite ? call.ArgumentOf(1) : null,
            method.Name is not ("Read" or "Write"),
            IsImageType(call.Instance?.Type)
        );
    }

    /// <summary>Whether a type is a VMCS in memory: it has the memory as a property, or is the struct that lies there.</summary>
    public static bool IsImageType(ITypeSymbol? type) =>
        type is INamedTypeSymbol
        && (
            type.GetMembers("Page").Any(static member => member is IPropertySymbol { ReturnsByRef: true })
            || type.AllInterfaces.Any(static i => i.Name == "IVmcsLayout")
        );

    /// <summary>Bits 11:10 of the encoding: VM-exit information.</summary>
    public bool IsReadOnly => VmcsEncodingBits.Type((uint)Encoding) == VmcsEncodingBits.TypeExitInformation;

    /// <summary>Bits that the access transfers in 64-bit mode.</summary>
    public int Width => WidthOf(Encoding);

    /// <summary>Bits that an access by an encoding transfers in 64-bit mode (SDM 3C, "Encodings of VMCS Fields").</summary>
    public static int WidthOf(ulong encoding) => 8 * VmcsEncodingBits.Size((uint)encoding);

    /// <summary>Whether an encoding is of natural width: as wide as the processor's registers.</summary>
    public static bool IsNatural(ulong encoding) => VmcsEncodingBits.Width((uint)encoding) == VmcsEncodingBits.WidthNatural;
}
