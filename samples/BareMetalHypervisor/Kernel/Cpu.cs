using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>Instructions that C# cannot say; <c>Boot/vmx.S</c> has them. Each call is a direct one.</summary>
internal static unsafe class Cpu
{
    private const uint AddressWidthLeaf = 0x8000_0008;

    /// <summary>Bits of a physical address (SDM 3A 4.1.4).</summary>
    public static int PhysicalAddressWidth()
    {
        var values = stackalloc uint[4];
        Id(AddressWidthLeaf, 0, values);
        return (byte)values[0];
    }

    /// <summary>CPUID: EAX, EBX, ECX and EDX of a leaf.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_id")]
    public static extern void Id(uint leaf, uint subleaf, uint* result);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_read_msr")]
    public static extern ulong ReadMsr(uint index);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_write_msr")]
    public static extern void WriteMsr(uint index, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_read_cr0")]
    public static extern ulong ReadCr0();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_write_cr0")]
    public static extern void WriteCr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_read_cr3")]
    public static extern ulong ReadCr3();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_read_cr4")]
    public static extern ulong ReadCr4();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_write_cr4")]
    public static extern void WriteCr4(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_in")]
    public static extern byte In(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_out")]
    public static extern void Out(ushort port, byte value);

    /// <summary>XSETBV.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_set_xcr")]
    public static extern void SetXcr(uint index, ulong value);

    /// <summary>WBINVD.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_write_back_caches")]
    public static extern void WriteBackCaches();

    /// <summary>FXSAVE into 512 bytes at a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_save_floating_point")]
    public static extern void SaveFloatingPoint(byte* area);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_halt")]
    public static extern void Halt();
}
