using System.Collections.Generic;
using System.Linq;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Controls that are on together, and the fields that count when they are.</summary>
/// <param name="Name">What the SDM calls the first of them.</param>
/// <param name="Controls">Bits to be set, by their word.</param>
/// <param name="Fields">The fields; those of which VM entry demands something anyway if there are none.</param>
public sealed record EntryFeature(string Name, IReadOnlyDictionary<VmcsField, ulong> Controls, params VmcsField[] Fields)
{
    private const ulong Activate2 = 1UL << 31;
    private const ulong Activate3 = 1UL << 17;

    /// <summary>Other fields that have to hold something, with what.</summary>
    public IReadOnlyDictionary<VmcsField, ulong> Values { get; init; } = new Dictionary<VmcsField, ulong>();

    /// <summary>All features under which VM entry looks at a field, by the bits that the SDM gives them.</summary>
    public static IReadOnlyList<EntryFeature> All { get; } =
    [
        new("none", new Dictionary<VmcsField, ulong>()),
        Primary("use I/O bitmaps", 25, IoBitmapA, IoBitmapB),
        Primary("use MSR bitmaps", 28, MsrBitmap),
        Primary("use TPR shadow", 21, VirtualApicAddress, TprThreshold),
        Secondary("virtualize APIC accesses", 0, ApicAccessAddress),
        new(
            "process posted interrupts",
            Bits(
                (VmcsField.PinBasedControls, 0, 7),
                (VmcsField.PrimaryProcessorBasedControls, 21, 31),
                (VmcsField.SecondaryProcessorBasedControls, 9, 9),
                (VmcsField.PrimaryVmExitControls, 15, 15)
            ),
            PostedInterruptNotificationVector,
            PostedInterruptDescriptorAddress
        ),
        Secondary("enable EPT", 1, VmcsField.EptPointer),
        Secondary("enable VPID", 5, VirtualProcessorIdentifier),
        Secondary("VMCS shadowing", 14, VmreadBitmap, VmwriteBitmap),
        Ept("enable PML", 17, PmlAddress),
        Ept("EPT-violation #VE", 18, VirtualizationExceptionInformationAddress),
        Ept("sub-page write permissions for EPT", 23, SubPagePermissionTablePointer),
        Ept("enable VM functions", 13, VmcsField.VmFunctionControls, EptpListAddress) with
        {
            Values = new Dictionary<VmcsField, ulong> { [VmcsField.VmFunctionControls] = 1 },
        },
        Secondary("PASID translation", 21, LowPasidDirectoryAddress, HighPasidDirectoryAddress),
        new(
            "use TSC scaling",
            Bits((VmcsField.PrimaryProcessorBasedControls, 3, 31), (VmcsField.SecondaryProcessorBasedControls, 25, 25)),
            TscMultiplier
        ),
        Tertiary("enable HLAT", 1, HlatPointer),
        new(
            "IPI virtualization",
            Bits((VmcsField.PrimaryProcessorBasedControls, 17, 21), (VmcsField.TertiaryProcessorBasedControls, 4, 4)),
            PidPointerTableAddress,
            LastPidPointerIndex
        ),
        Exit("load IA32_PERF_GLOBAL_CTRL, host", 12, HostIa32PerfGlobalCtrl),
        Exit("load IA32_PAT, host", 19, HostIa32Pat),
        Exit("load IA32_EFER, host", 21, HostIa32Efer),
        Exit("load CET state, host", 28, HostIa32SCet, HostSsp, HostIa32InterruptSspTableAddr),
        Exit("load PKRS, host", 29, HostIa32Pkrs),
        Entry("load debug controls", 2, GuestDr7, GuestIa32Debugctl),
        Entry("load IA32_PERF_GLOBAL_CTRL", 13, GuestIa32PerfGlobalCtrl),
        Entry("load IA32_PAT", 14, GuestIa32Pat),
        Entry("load IA32_EFER", 15, GuestIa32Efer),
        Entry("load IA32_BNDCFGS", 16, GuestIa32Bndcfgs),
        Entry("load IA32_RTIT_CTL", 18, GuestIa32RtitCtl),
        Entry("load UINV", 19, GuestUinv),
        Entry("load CET state", 20, GuestIa32SCet, GuestSsp, GuestIa32InterruptSspTableAddr),
        Entry("load IA32_LBR_CTL", 21, GuestIa32LbrCtl),
        Entry("load PKRS", 22, GuestIa32Pkrs),
        Entry(
            "load IA32_FRED",
            23,
            GuestIa32FredConfig,
            GuestIa32FredRsp1,
            GuestIa32FredRsp2,
            GuestIa32FredRsp3,
            GuestIa32FredSsp1,
            GuestIa32FredSsp2,
            GuestIa32FredSsp3
        ),
    ];

    /// <summary>Whether a field counts.</summary>
    public bool Concerns(VmcsField field) =>
        Fields.Length == 0 ? !All.Any(feature => feature.Fields.Contains(field)) : Fields.Contains(field);

    /// <summary>What the feature changes in a VMCS.</summary>
    public Dictionary<VmcsField, ulong> Over(IReadOnlyDictionary<VmcsField, ulong> before)
    {
        var changed = new Dictionary<VmcsField, ulong>(Values);
        foreach (var (word, bits) in Controls)
        {
            if ((before.GetValueOrDefault(word) | bits) is var value && value != before.GetValueOrDefault(word))
                changed[word] = value;
        }
        return changed;
    }

    private static EntryFeature Primary(string name, int bit, params VmcsField[] fields) =>
        new(name, Bits((VmcsField.PrimaryProcessorBasedControls, bit, bit)), fields);

    private static EntryFeature Secondary(string name, int bit, params VmcsField[] fields) =>
        new(
            name,
            new Dictionary<VmcsField, ulong>
            {
                [VmcsField.PrimaryProcessorBasedControls] = Activate2,
                [VmcsField.SecondaryProcessorBasedControls] = 1UL << bit,
            },
            fields
        );

    private static EntryFeature Ept(string name, int bit, params VmcsField[] fields) =>
        new(
            name,
            new Dictionary<VmcsField, ulong>
            {
                [VmcsField.PrimaryProcessorBasedControls] = Activate2,
                [VmcsField.SecondaryProcessorBasedControls] = 1UL << bit | 2,
            },
            fields
        );

    private static EntryFeature Tertiary(string name, int bit, params VmcsField[] fields) =>
        new(
            name,
            new Dictionary<VmcsField, ulong>
            {
                [VmcsField.PrimaryProcessorBasedControls] = Activate3,
                [VmcsField.TertiaryProcessorBasedControls] = 1UL << bit,
            },
            fields
        );

    private static EntryFeature Exit(string name, int bit, params VmcsField[] fields) =>
        new(name, Bits((VmcsField.PrimaryVmExitControls, bit, bit)), fields);

    private static EntryFeature Entry(string name, int bit, params VmcsField[] fields) =>
        new(name, Bits((VmcsField.VmEntryControls, bit, bit)), fields);

    private static Dictionary<VmcsField, ulong> Bits(params (VmcsField Word, int Bit, int Other)[] bits) =>
        bits.ToDictionary(static bit => bit.Word, static bit => 1UL << bit.Bit | 1UL << bit.Other);
}
