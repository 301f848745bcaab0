using System;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.4: the entries of the VM-entry MSR-load area, up to the first that the processor does not load.</summary>
internal static class MsrLoadRules
{
    private const uint Ia32FsBase = (uint)X86Msr.Ia32FsBase;
    private const uint Ia32GsBase = (uint)X86Msr.Ia32GsBase;
    private const uint X2ApicMsrs = 8;
    private const uint Ia32SmmMonitorCtl = (uint)X86Msr.Ia32SmmMonitorCtl;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.MsrLoading, "SDM 3C 27.4")
        {
            MsrLoadIndexNotFsOrGsBase,
            MsrLoadIndexNotX2apic,
            MsrLoadIndexNeedsSmm,
            MsrLoadIndexLoadable,
            MsrLoadReservedBits,
            MsrLoadExists,
            MsrLoadValue,
        };

    /// <summary>For what the processor reports and no rule here explains. It is checked by the processor alone.</summary>
    internal static VmEntryRule RefusedByProcessor { get; } =
        new(
            "MsrLoadRefusedByProcessor",
            VmEntryStage.MsrLoading,
            "SDM 3C 27.4",
            static state =>
                Violate(
                    state,
                    $"the processor does not load the value 0x{Entry(state).Value:X} into it, for a reason of its own",
                    "Take the entry out."
                )
        );

    private static MsrAreaEntry Entry(VmEntryState state) => state.MsrAreaEntry;

    private static void MsrLoadIndexNotFsOrGsBase(VmEntryState state)
    {
        if (Entry(state).Index is Ia32FsBase or Ia32GsBase)
            Violate(
                state,
                "IA32_FS_BASE and IA32_GS_BASE are not loaded from the area",
                "Write the base to GuestFsBase or GuestGsBase instead."
            );
    }

    private static void MsrLoadIndexNotX2apic(VmEntryState state)
    {
        if (Entry(state).Index >> 8 == X2ApicMsrs)
            Violate(state, "the MSRs of the x2APIC, 800H to 8FFH, cannot be loaded", "Take the entry out.");
    }

    private static void MsrLoadIndexNeedsSmm(VmEntryState state)
    {
        if (Entry(state).Index == Ia32SmmMonitorCtl && !state.Context.IsInSmm)
            Violate(state, "IA32_SMM_MONITOR_CTL can be written in SMM only", "Take the entry out.");
    }

    private static void MsrLoadIndexLoadable(VmEntryState state)
    {
        if (state.Context.MsrsNotLoaded.Contains(Entry(state).Index))
            Violate(state, "this processor does not load the MSR on VM entry", "Take the entry out.");
    }

    private static void MsrLoadReservedBits(VmEntryState state)
    {
        if (Entry(state).Reserved != 0)
            Violate(state, $"bits 63:32, 0x{Entry(state).Reserved:X}, must be 0", "Clear them.");
    }

    private static void MsrLoadExists(VmEntryState state)
    {
        if (!MsrWrites.Exists(state, Entry(state).Index))
            Violate(state, $"the processor has no such MSR, to be loaded with 0x{Entry(state).Value:X}", "Take the entry out.");
    }

    private static void MsrLoadValue(VmEntryState state)
    {
        if (MsrWrites.Exists(state, Entry(state).Index) && !MsrWrites.Takes(state, Entry(state).Index, Entry(state).Value))
            Violate(state, $"WRMSR of 0x{Entry(state).Value:X} would raise #GP", "Correct the value, or take the entry out.");
    }

    private static void Violate(VmEntryState state, string reason, string remedy)
    {
        // Where the entries alone are known, the fields are not.
        ReadOnlySpan<VmcsField> fields = state.KnownMsrArea is null ? [VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount] : [];
        var entry = $"Entry {state.MsrEntry} of the VM-entry MSR-load area is for the MSR {Entry(state).Index:X}H";
        state.Violate($"{entry}: {reason}.", remedy, fields);
    }

    /// <summary>Reports the entry that a processor refused to load.</summary>
    internal static void Report(VmEntryState state, ulong number)
    {
        Span<MsrAreaEntry> entry = stackalloc MsrAreaEntry[1];
        if (number == 0 || !state.TryReadMemory(state.Vmcs.VmEntryMsrLoadAddress + ((number - 1) * 16), MemoryMarshal.AsBytes(entry)))
            return;
        state.MsrEntry = number;
        state.MsrAreaEntry = entry[0];
        state.Keeps(RefusedByProcessor);
    }

    /// <summary>Checks the entries in order. The first that breaks a rule ends the VM entry.</summary>
    internal static void Check(VmEntryState state)
    {
        if (state.KnownMsrArea is { } known)
        {
            for (var i = 0; i < known.Count && Keeps(state, (ulong)i + 1, known[i]); i++) { }
            return;
        }
        var declared = state.Vmcs.VmEntryMsrLoadCount;
        if (state.LeavesUndecided(Set.Rules) || declared == 0)
            return;
        var isReached =
            MsrAreaRules.IsAligned(state, VmcsField.VmEntryMsrLoadAddress)
            && MsrAreaRules.IsWithinWidth(state, VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount);
        if (state.LeavesUndecided(Set.Rules) || !isReached)
            return;

        // Larger areas than IA32_VMX_MISC recommends may bring down the processor: no rule says what happens (SDM 3D A.6).
        var most = 512u * (state.Capabilities.Misc.MsrListMultiplier + 1);
        var count = Math.Min(declared, most);
        if (state.LeavesUndecided(Set.Rules))
            return;
        Span<MsrAreaEntry> entry = stackalloc MsrAreaEntry[1];
        for (var i = 0u; i < count; i++)
        {
            if (!state.TryReadMemory(state.Vmcs.VmEntryMsrLoadAddress + (i * 16), MemoryMarshal.AsBytes(entry)))
            {
                state.LeavesUndecided(Set.Rules);
                return;
            }
            if (!Keeps(state, i + 1, entry[0]))
                return;
        }
    }

    private static bool Keeps(VmEntryState state, ulong number, MsrAreaEntry entry)
    {
        state.MsrEntry = number;
        state.MsrAreaEntry = entry;
        var isKept = true;
        foreach (var rule in Set.Rules)
            isKept &= state.Keeps(rule);
        return isKept;
    }
}
