using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>
/// The VMX instructions; <c>Boot/vmx.S</c> has them. The outcome is 0 for VMsucceed, 1 for VMfailInvalid and 2 for VMfailValid.
/// </summary>
internal static unsafe class VmxInstructions
{
    /// <summary>VMXON with the physical address of a region.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_on")]
    public static extern uint On(ulong* region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_off")]
    public static extern void Off();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_clear")]
    public static extern uint Clear(ulong* region);

    /// <summary>VMPTRLD: makes a VMCS the current one.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_load")]
    public static extern uint Load(ulong* region);

    /// <summary>VMREAD; 0 where it fails.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_read")]
    public static extern ulong Read(uint field);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_try_read")]
    public static extern uint TryRead(uint field, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_write")]
    public static extern void Write(uint field, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_try_write")]
    public static extern uint TryWrite(uint field, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_invalidate_ept")]
    public static extern uint InvalidateEpt(ulong type, ulong* descriptor);

    /// <summary>VMLAUNCH, or VMRESUME if <paramref name="resume"/> is not 0; comes back at the next VM exit.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "vmx_enter")]
    public static extern uint Enter(GuestRegisters* registers, uint resume);
}
