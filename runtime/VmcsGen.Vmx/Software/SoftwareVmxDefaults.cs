using System.Collections.Generic;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Software;

/// <summary>The default profile.</summary>
internal static class SoftwareVmxDefaults
{
    // Reserved controls that are 1 on every processor, and those of them that TRUE capability MSRs allow to be 0 (SDM 3D A.2).
    private const uint PinDefault1 = 0x16;
    private const uint PrimaryDefault1 = 0x0401_E172;
    private const uint PrimaryTrueDefault1 = 0x0400_6172;
    private const uint ExitDefault1 = 0x0003_6DFF;
    private const uint ExitTrueDefault1 = 0x0003_6DFB;
    private const uint EntryDefault1 = 0x11FF;
    private const uint EntryTrueDefault1 = 0x11FB;

    internal static HostEnvironment HostEnvironment { get; } =
        new()
        {
            Rip = 0xFFFF_8000_0000_1000,
            Rsp = 0xFFFF_8000_0000_F000,
            Cs = 8,
            Ss = 0x10,
            Ds = 0x10,
            Es = 0x10,
            Tr = 0x18,
            TrBase = 0xFFFF_8000_0000_2000,
            GdtrBase = 0xFFFF_8000_0000_3000,
            IdtrBase = 0xFFFF_8000_0000_4000,
        };

    internal static PinBasedControls PinBased =>
        new()
        {
            ExternalInterruptExiting = true,
            NmiExiting = true,
            VirtualNmis = true,
        };

    internal static PrimaryProcessorBasedControls Primary =>
        new()
        {
            InterruptWindowExiting = true,
            HltExiting = true,
            InvlpgExiting = true,
            MwaitExiting = true,
            RdpmcExiting = true,
            RdtscExiting = true,
            Cr3LoadExiting = true,
            Cr3StoreExiting = true,
            Cr8LoadExiting = true,
            Cr8StoreExiting = true,
            NmiWindowExiting = true,
            MovDrExiting = true,
            UnconditionalIoExiting = true,
            UseIoBitmaps = true,
            MonitorTrapFlag = true,
            UseMsrBitmaps = true,
            MonitorExiting = true,
            PauseExiting = true,
            ActivateSecondaryControls = true,
        };

    internal static SecondaryProcessorBasedControls Secondary =>
        new()
        {
            EnableEpt = true,
            DescriptorTableExiting = true,
            EnableRdtscp = true,
            EnableVpid = true,
            WbinvdExiting = true,
            UnrestrictedGuest = true,
            RdrandExiting = true,
            EnableInvpcid = true,
            RdseedExiting = true,
            EnableXsavesXrstors = true,
        };

    internal static PrimaryVmExitControls Exit =>
        new()
        {
            SaveDebugControls = true,
            HostAddressSpaceSize = true,
            AcknowledgeInterruptOnExit = true,
            SaveIa32Pat = true,
            LoadIa32Pat = true,
            SaveIa32Efer = true,
            LoadIa32Efer = true,
        };

    internal static VmEntryControls Entry =>
        new()
        {
            LoadDebugControls = true,
            Ia32eModeGuest = true,
            LoadIa32Pat = true,
            LoadIa32Efer = true,
        };

    internal static MsrValues CapabilityMsrs() =>
        new()
        {
            [VmxMsr.Ia32VmxBasic] = new VmxBasic
            {
                MemoryType = MemoryType.WriteBack,
                InsOutsInformation = true,
                TrueControls = true,
            }.Value,
            [VmxMsr.Ia32VmxPinbasedCtls] = Range(PinDefault1, PinBased.Value),
            [VmxMsr.Ia32VmxProcbasedCtls] = Range(PrimaryDefault1, Primary.Value),
            [VmxMsr.Ia32VmxExitCtls] = Range(ExitDefault1, Exit.Value),
            [VmxMsr.Ia32VmxEntryCtls] = Range(EntryDefault1, Entry.Value),
            [VmxMsr.Ia32VmxMisc] = new VmxMisc
            {
                SavesEferLma = true,
                ActivityHlt = true,
                ActivityShutdown = true,
                ActivityWaitForSipi = true,
                VmwriteExitInformation = true,
            }.Value,
            [VmxMsr.Ia32VmxCr0Fixed0] = 0x8000_0021, // PG, NE, PE
            [VmxMsr.Ia32VmxCr0Fixed1] = 0xFFFF_FFFF,
            [VmxMsr.Ia32VmxCr4Fixed0] = 0x2000, // VMXE
            [VmxMsr.Ia32VmxCr4Fixed1] = 0x35_27FF, // SMAP, SMEP, OSXSAVE, FSGSBASE, VMXE, and 10:0
            [VmxMsr.Ia32VmxVmcsEnum] = new VmcsEnumeration { HighestIndex = (uint)VmcsField.XssExitingBitmap.Index }.Value,
            [VmxMsr.Ia32VmxProcbasedCtls2] = Range(0, Secondary.Value),
            [VmxMsr.Ia32VmxEptVpidCap] = new EptVpidCapabilities
            {
                PageWalkLength4 = true,
                MemoryTypeUncacheable = true,
                MemoryTypeWriteBack = true,
                Pages2M = true,
                Pages1G = true,
                Invept = true,
                InveptSingleContext = true,
                InveptAllContexts = true,
                Invvpid = true,
                InvvpidIndividualAddress = true,
                InvvpidSingleContext = true,
                InvvpidAllContexts = true,
                InvvpidSingleContextRetainingGlobals = true,
            }.Value,
            [VmxMsr.Ia32VmxTruePinbasedCtls] = Range(PinDefault1, PinBased.Value),
            [VmxMsr.Ia32VmxTrueProcbasedCtls] = Range(PrimaryTrueDefault1, Primary.Value),
            [VmxMsr.Ia32VmxTrueExitCtls] = Range(ExitTrueDefault1, Exit.Value),
            [VmxMsr.Ia32VmxTrueEntryCtls] = Range(EntryTrueDefault1, Entry.Value),
        };

    internal static Dictionary<uint, ulong> Msrs() =>
        new()
        {
            [SoftwareMsrs.Tsc] = 0,
            [SoftwareMsrs.ApicBase] = 0xFEE0_0900,
            [SoftwareMsrs.SysenterCs] = 0,
            [SoftwareMsrs.SysenterEsp] = 0,
            [SoftwareMsrs.SysenterEip] = 0,
            [SoftwareMsrs.MiscEnable] = 1,
            [SoftwareMsrs.Debugctl] = 0,
            [SoftwareMsrs.Pat] = 0x0007_0406_0007_0406,
            [SoftwareMsrs.Efer] = RegisterBits.EferLme | RegisterBits.EferLma,
            [SoftwareMsrs.Star] = 0,
            [SoftwareMsrs.Lstar] = 0,
            [SoftwareMsrs.Cstar] = 0,
            [SoftwareMsrs.Fmask] = 0,
            [SoftwareMsrs.FsBase] = 0,
            [SoftwareMsrs.GsBase] = 0,
            [SoftwareMsrs.KernelGsBase] = 0,
            [SoftwareMsrs.TscAux] = 0,
        };

    internal static CpuidValues Cpuid(uint leaf, uint subleaf) =>
        leaf switch
        {
            0 => new(7, 0x756E_6547, 0x6C65_746E, 0x4965_6E69), // GenuineIntel
            // SSE3, VMX, SSSE3, SSE4.1, SSE4.2, POPCNT, XSAVE; what 64-bit mode brings along, APIC, SEP, MTRR, PAT.
            1 => new(0x000A_0650, 0x0000_0800, 0x0498_0221, 0x078B_FBFF),
            7 => subleaf == 0 ? new(0, 0x0010_0481, 0, 0) : default, // SMAP, INVPCID, SMEP, FSGSBASE
            < 7 => default,
            0x8000_0000 => new(0x8000_0008, 0, 0, 0),
            0x8000_0001 => new(0, 0, 1, 0x2C10_0800), // LAHF; LM, RDTSCP, 1-GByte pages, NX, SYSCALL
            > 0x8000_0001 and < 0x8000_0008 => default,
            0x8000_0008 => new(0x3028, 0, 0, 0), // 40 bits physical, 48 linear
            // SDM 2A, CPUID: beyond the last leaf as the last basic leaf.
            _ => Cpuid(7, subleaf),
        };

    private static ulong Range(uint mustBeOne, uint mayBeOne) =>
        new VmxControlCapability { Allowed0 = mustBeOne, Allowed1 = mustBeOne | mayBeOne }.Value;
}
