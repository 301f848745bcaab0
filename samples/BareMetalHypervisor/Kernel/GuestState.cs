using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>The guest-state area: what the processor loads at VM entry (SDM 3C 25.4), here a guest's first state.</summary>
internal static unsafe class GuestState
{
    private const nuint Cr0Protection = 1u << 0;
    private const nuint Cr0ExtensionType = 1u << 4;
    private const nuint Cr0NumericError = 1u << 5;
    private const nuint Cr0Paging = 1u << 31;
    private const nuint Cr4PageSizeExtensions = 1u << 4;
    private const nuint Cr4PhysicalAddressExtension = 1u << 5;
    private const nuint Cr4Vmxe = 1u << 13;
    private const nuint RflagsFixed = 1u << 1;
    private const nuint Dr7Fixed = 1u << 10;

    // Paging structures in the guest's memory, one page each.
    private const ulong FirstTable = 0x1000;
    private const ulong SecondTable = 0x2000;
    private const ulong ThirdTable = 0x3000;
    private const ulong PresentWritable = 0x03;
    private const ulong LargePage = 0x83;

    private const ushort CodeSelector = 0x08;
    private const ushort DataSelector = 0x10;
    private const uint Flat = 0xFFFF_FFFF;
    private const uint SixtyFourKiB = 0xFFFF;
    private const uint TaskLimit = 0x67;

    // Segment types (SDM 3A 3.4.5.1 and 3.5).
    private const uint ExecuteReadAccessed = 11;
    private const uint ReadWriteAccessed = 3;
    private const uint BusyTask = 11;

    /// <summary>Writes it into the current VMCS, and the guest's page tables into its memory.</summary>
    public static void Write(GuestMode mode, GuestImage* image, in GuestMemory memory)
    {
        WriteRegisters(image);
        WriteSegments(mode);
        WriteTables(image);
        switch (mode)
        {
            case GuestMode.Long:
                *(ulong*)memory.At(FirstTable) = SecondTable | PresentWritable;
                *(ulong*)memory.At(SecondTable) = ThirdTable | PresentWritable;
                *(ulong*)memory.At(ThirdTable) = LargePage;
                WriteControlRegisters(Cr0Protection | Cr0Paging, FirstTable, Cr4PhysicalAddressExtension);
                break;
            case GuestMode.Protected:
                *(uint*)memory.At(FirstTable) = (uint)LargePage;
                WriteControlRegisters(Cr0Protection | Cr0Paging, FirstTable, Cr4PageSizeExtensions);
                break;
            default:
                WriteControlRegisters(0, 0, 0);
                break;
        }
    }

    private static void WriteControlRegisters(nuint cr0, ulong cr3, nuint cr4)
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.GuestCr0 = cr0 | Cr0ExtensionType | Cr0NumericError;
        vmcs.GuestCr3 = (nuint)cr3;
        // VMX operation keeps VMXE at 1, in guests too.
        vmcs.GuestCr4 = cr4 | Cr4Vmxe;
    }

    private static void WriteRegisters(GuestImage* image)
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.GuestRip = (nuint)image->Entry;
        vmcs.GuestRsp = (nuint)image->StackTop;
        vmcs.GuestRflags = RflagsFixed;
        vmcs.GuestDr7 = Dr7Fixed;
        vmcs.GuestActivityState = ActivityState.Active;
        // There is no shadow VMCS.
        vmcs.VmcsLinkPointer = ulong.MaxValue;
    }

    private static void WriteTables(GuestImage* image)
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.GuestGdtrBase = (nuint)image->GdtBase;
        vmcs.GuestGdtrLimit = (uint)image->GdtLimit;
        vmcs.GuestIdtrBase = (nuint)image->IdtBase;
        vmcs.GuestIdtrLimit = (uint)image->IdtLimit;
    }

    private static void WriteSegments(GuestMode mode)
    {
        var vmcs = ProcessorVmcs.Current;
        var segment = new SegmentAccessRights
        {
            CodeOrData = true,
            Present = true,
            DefaultBig = mode == GuestMode.Protected,
            Granularity = mode != GuestMode.Real,
        };
        vmcs.GuestCsAccessRights = segment with { Type = ExecuteReadAccessed, LongMode = mode == GuestMode.Long };
        vmcs.GuestCsSelector = mode == GuestMode.Real ? (ushort)0 : CodeSelector;
        vmcs.GuestCsLimit = mode == GuestMode.Real ? SixtyFourKiB : Flat;

        var data = segment with { Type = ReadWriteAccessed };
        var selector = mode == GuestMode.Real ? (ushort)0 : DataSelector;
        var limit = mode == GuestMode.Real ? SixtyFourKiB : Flat;
        vmcs.GuestSsAccessRights = data;
        vmcs.GuestSsSelector = selector;
        vmcs.GuestSsLimit = limit;
        vmcs.GuestDsAccessRights = data;
        vmcs.GuestDsSelector = selector;
        vmcs.GuestDsLimit = limit;
        vmcs.GuestEsAccessRights = data;
        vmcs.GuestEsSelector = selector;
        vmcs.GuestEsLimit = limit;
        vmcs.GuestFsAccessRights = data;
        vmcs.GuestFsSelector = selector;
        vmcs.GuestFsLimit = limit;
        vmcs.GuestGsAccessRights = data;
        vmcs.GuestGsSelector = selector;
        vmcs.GuestGsLimit = limit;

        vmcs.GuestLdtrAccessRights = new() { Unusable = true };
        vmcs.GuestTrAccessRights = new() { Type = BusyTask, Present = true };
        vmcs.GuestTrLimit = TaskLimit;
    }
}
