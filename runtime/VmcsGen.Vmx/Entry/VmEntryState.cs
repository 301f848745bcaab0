using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// A VM entry as rules see it: the VMCS, the processor, and the control words with everything that is not activated off. Rules report
/// what they find broken here.
/// </summary>
internal sealed class VmEntryState
{
    private readonly List<VmEntryViolation> _violations = [];
    private VmEntryRule? _rule;

    internal VmEntryState(VmcsValues values, VmxCapabilities capabilities, VmEntryContext context)
    {
        Vmcs = new Vmcs<VmcsValues>(values);
        Capabilities = capabilities;
        Context = context;

        // SDM 3C 25.6.2 and 25.7.1: without the control that activates a word, all of its controls are 0.
        Pin = Vmcs.PinBasedControls;
        Primary = Vmcs.PrimaryProcessorBasedControls;
        Secondary = Primary.ActivateSecondaryControls ? Vmcs.SecondaryProcessorBasedControls : default;
        Tertiary = Primary.ActivateTertiaryControls ? Vmcs.TertiaryProcessorBasedControls : default;
        Functions = Secondary.EnableVmFunctions ? Vmcs.VmFunctionControls : default;
        Exit = Vmcs.PrimaryVmExitControls;
        Exit2 = Exit.ActivateSecondaryControls ? Vmcs.SecondaryVmExitControls : default;
        Entry = Vmcs.VmEntryControls;
    }

    internal Vmcs<VmcsValues> Vmcs { get; }

    internal VmxCapabilities Capabilities { get; }

    internal VmEntryContext Context { get; }

    internal PinBasedControls Pin { get; }

    internal PrimaryProcessorBasedControls Primary { get; }

    internal SecondaryProcessorBasedControls Secondary { get; }

    internal TertiaryProcessorBasedControls Tertiary { get; }

    internal VmFunctionControls Functions { get; }

    internal PrimaryVmExitControls Exit { get; }

    internal SecondaryVmExitControls Exit2 { get; }

    internal VmEntryControls Entry { get; }

    internal bool SupportsIntel64 => Context.LinearAddressWidth > 32;

    internal bool IsInIa32eMode => (Context.Ia32Efer & RegisterBits.EferLma) != 0;

    internal bool IsVirtual8086 => (Vmcs.GuestRflags & RegisterBits.RflagsVm) != 0;

    internal bool Is64BitCode => Entry.Ia32eModeGuest && Vmcs.GuestCsAccessRights.LongMode;

    internal bool IsFredGuest => (Vmcs.GuestCr4 & RegisterBits.Cr4Fred) != 0;

    /// <summary>The CPL, which is the DPL of SS even where that is unusable (SDM 3C 25.4.1).</summary>
    internal uint Cpl => Vmcs.GuestSsAccessRights.Dpl;

    /// <summary>Whether the entry injects an event, and which.</summary>
    internal bool Injects(out EntryInterruptionInformation injected)
    {
        injected = Vmcs.EntryInterruptionInformation;
        return injected.Valid;
    }

    internal bool Has(VmcsField field) => Vmcs.Access.TryRead(field, out _).IsSuccess;

    /// <summary>Bits that a physical address must not have, where VMX structures lie (SDM 3D A.1: IA32_VMX_BASIC[48]).</summary>
    internal ulong BeyondStructureWidth =>
        Beyond(Capabilities.Basic.PhysicalAddresses32Bit ? Math.Min(32, Context.PhysicalAddressWidth) : Context.PhysicalAddressWidth);

    /// <summary>Bits beyond the physical-address width.</summary>
    internal ulong BeyondPhysicalWidth => Beyond(Context.PhysicalAddressWidth);

    /// <summary>Whether bits 63 to N-1 of an address are alike, for N bits of linear addresses.</summary>
    internal bool IsCanonical(ulong address)
    {
        var unused = 64 - Context.LinearAddressWidth;
        return !SupportsIntel64 || (ulong)((long)(address << unused) >> unused) == address;
    }

    /// <summary>Whether a control is 1 and its word activated.</summary>
    internal bool IsOne(VmcsField word, ulong bit)
    {
        ulong value = word switch
        {
            VmcsField.SecondaryProcessorBasedControls => Secondary.Value,
            VmcsField.TertiaryProcessorBasedControls => Tertiary.Value,
            VmcsField.VmFunctionControls => Functions.Value,
            VmcsField.SecondaryVmExitControls => Exit2.Value,
            _ => Vmcs.Access.Read(word),
        };
        return (value & bit) != 0;
    }

    /// <summary>Reads memory that the VMCS refers to; all ones where there is none, as PC platforms give. False without memory at all.</summary>
    internal bool TryReadMemory(ulong address, Span<byte> destination)
    {
        if (Context.Memory is null)
            return false;
        try
        {
            Context.Memory.Read(address, destination);
        }
        catch (ArgumentOutOfRangeException)
        {
            destination.Fill(0xFF);
        }
        return true;
    }

    /// <summary>Reports that the current rule is broken.</summary>
    /// <param name="finding">What was found and what was expected.</param>
    /// <param name="remedy">What would satisfy the rule.</param>
    /// <param name="fields">The fields that the rule compares.</param>
    internal void Violate(string finding, string remedy, params ReadOnlySpan<VmcsField> fields) =>
        Violate(_rule!.Stage == VmEntryStage.MsrLoading ? MsrEntry : 0, finding, remedy, fields);

    /// <summary>Reports that the current rule is broken, with an exit qualification of its own.</summary>
    internal void Violate(ulong qualification, string finding, string remedy, params ReadOnlySpan<VmcsField> fields)
    {
        var values = new VmEntryFieldValue[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            values[i] = ValueOf(fields[i]);
        _violations.Add(new VmEntryViolation(_rule!, values, finding, remedy, OutcomeOf(_rule!.Stage, qualification)));
    }

    /// <summary>The number of the entry of the MSR-load area that is being checked, from 1.</summary>
    internal ulong MsrEntry { get; set; }

    /// <summary>That entry.</summary>
    internal MsrAreaEntry MsrAreaEntry { get; set; }

    /// <summary>Checks a rule; returns whether it is kept.</summary>
    internal bool Keeps(VmEntryRule rule)
    {
        var before = _violations.Count;
        _rule = rule;
        rule.Check(this);
        return _violations.Count == before;
    }

    /// <summary>What was found, in the order of the SDM.</summary>
    internal VmEntryReport Report() => new(
        [.. _violations.OrderBy(static v => v.Rule.Stage).ThenBy(static v => v.Rule.Section, StringComparer.Ordinal)]);

    private static ulong Beyond(int width) => ulong.MaxValue << width;

    private static VmEntryOutcome OutcomeOf(VmEntryStage stage, ulong qualification) => stage switch
    {
        VmEntryStage.Instruction => VmEntryOutcome.Fail(VmInstructionError.EntryEventsBlockedByMovSs),
        VmEntryStage.Controls => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields),
        VmEntryStage.HostState => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields),
        VmEntryStage.GuestState => VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, qualification),
        _ => VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, qualification),
    };

    private VmEntryFieldValue ValueOf(VmcsField field)
    {
        var value = Vmcs.Access.Read(field);
        if (VmcsFields.TryFind(field, out var info))
            return new VmEntryFieldValue(field, info.Name, value, info.Describe(value));
        foreach (var own in Context.OwnFields)
        {
            if (own.Field == field)
                return new VmEntryFieldValue(field, own.Name, value, own.Describe(value));
        }
        return new VmEntryFieldValue(field, VmcsFields.NameOf(field), value, $"0x{value:X}");
    }
}
