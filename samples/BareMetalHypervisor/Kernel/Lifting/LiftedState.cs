using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>The guest-state area of a lifted system: what the processor had, so that it goes on as if nothing had happened.</summary>
internal static unsafe class LiftedState
{
    private const uint SixtyFourKiB = 0xFFFF;
    private const uint ExecuteReadAccessed = 11;
    private const uint ReadWriteAccessed = 3;
    private const uint BusyTask = 11;
    private const ulong LongModeEnableAndActive = (1 << 8) | (1 << 10);

    /// <summary>Writes it into the current VMCS.</summary>
    public static void Write(RunningSystem* system)
    {
        var vmcs = ProcessorVmcs.Current;
        ControlRegisters.Initialize(vmcs, system->Cr0, system->Cr4);
        vmcs.GuestCr3 = system->Cr3;
        vmcs.GuestDr7 = system->Dr7;
        vmcs.GuestRsp = system->Esp;
        vmcs.GuestRip = system->Eip;
        vmcs.GuestRflags = system->Eflags;
        vmcs.GuestGdtrBase = system->GdtrBase;
        vmcs.GuestGdtrLimit = system->GdtrLimit;
        vmcs.GuestIdtrBase = system->IdtrBase;
        vmcs.GuestIdtrLimit = system->IdtrLimit;
        WriteMsrs(vmcs);
        WriteSegments(vmcs);
        vmcs.GuestActivityState = ActivityState.Active;
        // There is no shadow VMCS.
        vmcs.VmcsLinkPointer = ulong.MaxValue;
    }

    // Those that VM entries load; the guest has the others anyway.
    private static void WriteMsrs(in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        vmcs.GuestIa32SysenterCs = (uint)Cpu.ReadMsr((uint)X86Msr.Ia32SysenterCs);
        vmcs.GuestIa32SysenterEsp = (nuint)Cpu.ReadMsr((uint)X86Msr.Ia32SysenterEsp);
        vmcs.GuestIa32SysenterEip = (nuint)Cpu.ReadMsr((uint)X86Msr.Ia32SysenterEip);
        // No BIOS traces itself, and Bochs does not have the MSR.
        vmcs.GuestIa32Debugctl = 0;
        // The boot sector came here by long mode; the system had not been there.
        var efer = Cpu.ReadMsr((uint)X86Msr.Ia32Efer);
        vmcs.HostIa32Efer = efer;
        vmcs.GuestIa32Efer = efer & ~LongModeEnableAndActive;
    }

    // Real mode, and 0 in all segment registers.
    private static void WriteSegments(in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        var segment = new SegmentAccessRights { CodeOrData = true, Present = true };
        vmcs.GuestCsAccessRights = segment with { Type = ExecuteReadAccessed };
        vmcs.GuestCsLimit = SixtyFourKiB;
        var data = segment with { Type = ReadWriteAccessed };
        vmcs.GuestSsAccessRights = data;
        vmcs.GuestSsLimit = SixtyFourKiB;
        vmcs.GuestDsAccessRights = data;
        vmcs.GuestDsLimit = SixtyFourKiB;
        vmcs.GuestEsAccessRights = data;
        vmcs.GuestEsLimit = SixtyFourKiB;
        vmcs.GuestFsAccessRights = data;
        vmcs.GuestFsLimit = SixtyFourKiB;
        vmcs.GuestGsAccessRights = data;
        vmcs.GuestGsLimit = SixtyFourKiB;
        vmcs.GuestLdtrAccessRights = new() { Unusable = true };
        vmcs.GuestTrAccessRights = new() { Type = BusyTask, Present = true };
        vmcs.GuestTrLimit = SixtyFourKiB;
    }
}
