using System.Runtime.CompilerServices;
using VmcsGen.Vmx;

namespace VmcsGen.Benchmarks;

/// <summary>The ways to reach a field of a vmcs12, each as a method of its own, so that its machine code can be looked at.</summary>
public static class Accessors
{
    /// <summary>A typed property, read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static nuint TypedRead(Vmcs<Vmcs12Image> vmcs) => vmcs.GuestRip;

    /// <summary>A typed property, written.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void TypedWrite(Vmcs<Vmcs12Image> vmcs, nuint value) => vmcs.GuestRip = value;

    /// <summary>A constant encoding, read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong ConstantEncodingRead(Vmcs12Image image) => image.Read(VmcsField.GuestCr3);

    /// <summary>Any encoding, read with the outcome of VMREAD.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong EncodingRead(Vmcs12Image image, VmcsField field) => image.TryRead(field, out var value).IsSuccess ? value : 0;

    /// <summary>A bit of a control word, set.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void BitUpdate(Vmcs<Vmcs12Image> vmcs) => vmcs.PinBasedControls = vmcs.PinBasedControls with { NmiExiting = true };

    /// <summary>Several fields in one method, as code that programs a VMCS has them.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void SeveralFields(Vmcs<Vmcs12Image> vmcs, nuint rip, nuint rsp)
    {
        vmcs.GuestRip = rip;
        vmcs.GuestRsp = rsp;
        vmcs.GuestRflags = 2;
        vmcs.VmcsLinkPointer = ulong.MaxValue;
    }
}
