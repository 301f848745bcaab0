using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>
/// CR0 and CR4 of a lifted system. VMX operation keeps CR0.NE and CR4.VMXE at 1: the guest sees its own values of these two bits, and
/// only when it changes them is there a VM exit (SDM 3C 26.3 and 25.6.6).
/// </summary>
internal static unsafe class ControlRegisters
{
    public const nuint Cr4Osxsave = 1 << 18;
    public const nuint Cr4ProtectionKeys = 1 << 22;

    private const nuint Cr0Protection = 1 << 0;
    private const nuint Cr0ExtensionType = 1 << 4;
    private const nuint Cr0NumericError = 1 << 5;
    private const nuint Cr0NotWriteThrough = 1 << 29;
    private const nuint Cr0CacheDisable = 1 << 30;
    private const nuint Cr0Paging = 1u << 31;
    private const nuint Cr4PhysicalAddressExtension = 1 << 5;
    private const nuint Cr4Vmxe = 1 << 13;
    private const nuint Cr4Pcide = 1 << 17;
    private const ulong EferLongModeEnable = 1 << 8;
    private const ulong EferLongModeActive = 1 << 10;

    // SDM 3A 4.4.1: the address of the four entries in CR3, and what must be 0 in one that is present.
    private const ulong PdpteTable = 0xFFFF_FFE0;
    private const int Pdptes = 4;
    private const ulong PdpteReserved = 0x1E6;

    public static void Initialize(in Vmcs<ProcessorVmcs> current, nuint cr0, nuint cr4)
    {
        var vmcs = current;
        vmcs.Cr0GuestHostMask = Cr0NumericError;
        vmcs.Cr0ReadShadow = cr0;
        vmcs.GuestCr0 = cr0 | Cr0NumericError;
        vmcs.Cr4GuestHostMask = Cr4Vmxe;
        vmcs.Cr4ReadShadow = cr4;
        vmcs.GuestCr4 = cr4 | Cr4Vmxe;
    }

    public static bool IsRealMode(in Vmcs<ProcessorVmcs> vmcs) => (vmcs.GuestCr0 & Cr0Protection) == 0;

    public static void OnAccess(ref LiftedGuest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var access = new CrAccessQualification(vmcs.ExitQualification);
        if (access is not { AccessType: CrAccessType.MovToCr, ControlRegister: 0 or 4 })
        {
            guest.Trouble = "It uses a control register in a way that causes no VM exit.";
            return;
        }
        // A guest without VMX has no VMXE to set.
        if (access.ControlRegister == 4 || !TryWriteCr0(vmcs, Operand(guest.Registers, vmcs, access.GeneralPurposeRegister)))
        {
            Interrupts.InjectException(vmcs, ExceptionVector.GeneralProtection, errorCode: true);
            return;
        }
        Interrupts.Skip(vmcs);
    }

    // MOV to CR0 as the processor executes it (SDM 2B, MOV to control registers; SDM 3A 5.4.1 and 10.8.5). False where it faults.
    private static bool TryWriteCr0(in Vmcs<ProcessorVmcs> current, nuint value)
    {
        var vmcs = current;
        var isPaging = (value & Cr0Paging) != 0;
        if (value >> 32 != 0 || (isPaging && (value & Cr0Protection) == 0))
            return false;
        if ((value & (Cr0NotWriteThrough | Cr0CacheDisable)) == Cr0NotWriteThrough)
            return false;
        var wasPaging = (vmcs.GuestCr0 & Cr0Paging) != 0;
        if (isPaging && !wasPaging && !TryBeginPaging(vmcs))
            return false;
        if (!isPaging && wasPaging && !TryEndPaging(vmcs))
            return false;
        vmcs.Cr0ReadShadow = value;
        vmcs.GuestCr0 = value | Cr0NumericError | Cr0ExtensionType;
        return true;
    }

    private static bool TryBeginPaging(in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        var hasExtension = (vmcs.GuestCr4 & Cr4PhysicalAddressExtension) != 0;
        if ((vmcs.GuestIa32Efer & EferLongModeEnable) == 0)
            return !hasExtension || TryLoadPdptes(vmcs);
        if (!hasExtension || vmcs.GuestCsAccessRights.LongMode)
            return false;
        vmcs.GuestIa32Efer |= EferLongModeActive;
        vmcs.VmEntryControls = vmcs.VmEntryControls with { Ia32eModeGuest = true };
        return true;
    }

    private static bool TryEndPaging(in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        if (!vmcs.VmEntryControls.Ia32eModeGuest)
            return true;
        if (vmcs.GuestCsAccessRights.LongMode || (vmcs.GuestCr4 & Cr4Pcide) != 0)
            return false;
        vmcs.GuestIa32Efer &= ~EferLongModeActive;
        vmcs.VmEntryControls = vmcs.VmEntryControls with { Ia32eModeGuest = false };
        return true;
    }

    // With PAE paging the processor keeps the four entries of the first table, and VM entry loads them from the VMCS.
    private static bool TryLoadPdptes(in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        var table = (ulong*)(vmcs.GuestCr3 & PdpteTable);
        if (Memory.IsOwn((ulong)table, Pdptes * sizeof(ulong)))
            return false;
        var reserved = PdpteReserved | (ulong.MaxValue << Cpu.PhysicalAddressWidth());
        for (var i = 0; i < Pdptes; i++)
        {
            if ((table[i] & 1) != 0 && (table[i] & reserved) != 0)
                return false;
        }
        vmcs.GuestPdpte0 = table[0];
        vmcs.GuestPdpte1 = table[1];
        vmcs.GuestPdpte2 = table[2];
        vmcs.GuestPdpte3 = table[3];
        return true;
    }

    private static nuint Operand(in GuestRegisters registers, in Vmcs<ProcessorVmcs> vmcs, GeneralPurposeRegister register)
    {
        var value = register == GeneralPurposeRegister.Rsp ? vmcs.GuestRsp : (nuint)registers[register];
        return vmcs.GuestCsAccessRights.LongMode && vmcs.VmEntryControls.Ia32eModeGuest ? value : (uint)value;
    }
}
