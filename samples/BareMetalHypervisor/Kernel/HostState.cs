using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>The host-state area: what the processor loads at every VM exit (SDM 3C 25.5).</summary>
internal static class HostState
{
    private const ushort CodeSelector = 0x08;
    private const ushort DataSelector = 0x10;
    private const ushort TaskSelector = 0x18;

    /// <summary>Writes it into the current VMCS: the state of now, but at <c>vmx_exit</c>. RSP is written at each entry.</summary>
    public static void Write()
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.HostCr0 = (nuint)Cpu.ReadCr0();
        vmcs.HostCr3 = (nuint)Cpu.ReadCr3();
        vmcs.HostCr4 = (nuint)Cpu.ReadCr4();
        vmcs.HostCsSelector = CodeSelector;
        vmcs.HostSsSelector = DataSelector;
        vmcs.HostDsSelector = DataSelector;
        vmcs.HostEsSelector = DataSelector;
        vmcs.HostFsSelector = DataSelector;
        vmcs.HostGsSelector = DataSelector;
        vmcs.HostTrSelector = TaskSelector;
        vmcs.HostFsBase = 0;
        vmcs.HostGsBase = 0;
        vmcs.HostTrBase = TaskState();
        vmcs.HostGdtrBase = DescriptorTable();
        vmcs.HostIdtrBase = InterruptTable();
        vmcs.HostIa32SysenterCs = 0;
        vmcs.HostIa32SysenterEsp = 0;
        vmcs.HostIa32SysenterEip = 0;
        vmcs.HostRip = ExitPoint();
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_tss")]
    private static extern nuint TaskState();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_gdt")]
    private static extern nuint DescriptorTable();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_idt")]
    private static extern nuint InterruptTable();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_vmx_exit")]
    private static extern nuint ExitPoint();
}
