using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// A VM entry as rules see it: the VMCS, the processor, and the control words with everything that is not activated off. Rules report
/// what they find broken here.
/// </summary>
internal sealed partial class VmEntryState
{
    private static readonly VmEntryContext s_anyContext = new() { PhysicalAddressWidth = 52 };

    private readonly List<VmEntryViolation> _violations = [];
    private readonly List<VmEntryUndecidedRule> _undecided = [];
    private VmEntryContext? _context;
    private ulong? _currentVmcs;

    // What the rule that is being checked asked for in vain, and how many violations there were before it did.
    private readonly List<string> _needs = [];
    private int _certain;
    private bool _isShowing;
    private VmEntryRule? _rule;
    private string? _doubt;
    private bool _isBySdm = true;

    internal VmEntryState(Func<VmEntryState, VmcsValues> values, VmxCapabilities capabilities, VmEntryContext? context)
    {
        Vmcs = new Vmcs<VmcsValues>(values(this));
        Capabilities = capabilities;
        _context = context;
    }

    /// <summary>Forgets what was found, for another VM entry.</summary>
    /// <param name="context">What it depends on.</param>
    /// <param name="currentVmcs">The current VMCS, whatever the context says.</param>
    internal void Restart(VmEntryContext context, ulong currentVmcs)
    {
        _context = context;
        _currentVmcs = currentVmcs;
        _violations.Clear();
        _undecided.Clear();
        _needs.Clear();
    }

    internal Vmcs<VmcsValues> Vmcs { get; }

    internal VmxCapabilities Capabilities { get; }

    internal VmEntryContext Context
    {
        get
        {
            if (_context is null)
                Need(nameof(VmEntryContext));
            return _context ?? s_anyContext;
        }
    }

    internal ulong? CurrentVmcs => _currentVmcs ?? Context.CurrentVmcs;

    /// <summary>Bits that a physical address must not have, where VMX structures lie (SDM 3D A.1: IA32_VMX_BASIC[48]).</summary>
    internal ulong BeyondStructureWidth =>
        Beyond(Capabilities.Basic.PhysicalAddresses32Bit ? Math.Min(32, Context.PhysicalAddressWidth) : Context.PhysicalAddressWidth);

    /// <summary>
    /// Reads memory that the VMCS refers to; all ones where there is none, as PC platforms give. False without memory at all.
    /// </summary>
    internal bool TryReadMemory(ulong address, Span<byte> destination)
    {
        if (Context.Memory is null)
        {
            Need($"memory at 0x{address:X}");
            return false;
        }
        Context.Memory.ReadOrOnes(address, destination);
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
        _isShowing = true;
        for (var i = 0; i < fields.Length; i++)
            values[i] = ValueOf(fields[i]);
        _isShowing = false;
        _violations.Add(
            new VmEntryViolation(_rule!, values, finding, remedy, OutcomeOf(_rule!.Stage, qualification))
            {
                Doubt = _doubt,
                IsBySdm = _isBySdm,
            }
        );
    }

    /// <summary>
    /// Marks what is reported until the result is disposed of as doubtful: implementations of VMX read the SDM differently.
    /// </summary>
    /// <param name="doubt">Why; null if it is not.</param>
    /// <param name="bySdm">Whether it is the SDM by which the rule is broken.</param>
    internal DoubtScope InDoubt(string? doubt, bool bySdm)
    {
        (_doubt, _isBySdm) = (doubt, doubt is null || bySdm);
        return new DoubtScope(this);
    }

    /// <summary>Ends a doubt.</summary>
    internal readonly struct DoubtScope(VmEntryState state) : IDisposable
    {
        public void Dispose() => (state._doubt, state._isBySdm) = (null, true);
    }

    /// <summary>The number of the entry of the MSR-load area that is being checked, from 1.</summary>
    internal ulong MsrEntry { get; set; }

    /// <summary>That entry.</summary>
    internal MsrAreaEntry MsrAreaEntry { get; set; }

    /// <summary>The entries of the MSR-load area, where they are known without memory; null where not.</summary>
    internal IReadOnlyList<MsrAreaEntry>? KnownMsrArea { get; init; }

    /// <summary>Notes that something is not known that is asked for. The caller goes on with a value that it might have.</summary>
    internal void Need(string what)
    {
        if (_isShowing)
            return;
        if (_needs.Count == 0)
            _certain = _violations.Count;
        if (!_needs.Contains(what))
            _needs.Add(what);
    }

    /// <summary>
    /// Checks a rule; returns whether it is kept, as far as can be said. What it finds after something was not known may be wrong and
    /// is dropped: the rule is undecided.
    /// </summary>
    internal bool Keeps(VmEntryRule rule)
    {
        var before = _violations.Count;
        _rule = rule;
        rule.Check(this);
        if (_needs.Count != 0)
            Leave([rule]);
        return _violations.Count == before;
    }

    /// <summary>Leaves rules undecided if something was not known; returns whether so.</summary>
    internal bool LeavesUndecided(ReadOnlySpan<VmEntryRule> rules)
    {
        if (_needs.Count == 0)
            return false;
        Leave(rules);
        return true;
    }

    private void Leave(ReadOnlySpan<VmEntryRule> rules)
    {
        _violations.RemoveRange(_certain, _violations.Count - _certain);
        string[] needs = [.. _needs];
        _needs.Clear();
        foreach (var rule in rules)
            _undecided.Add(new VmEntryUndecidedRule(rule, needs));
    }

    /// <summary>Whether every rule that was checked is kept.</summary>
    internal bool IsKept => _violations.Count == 0;

    /// <summary>What was found, in the order of the SDM.</summary>
    internal VmEntryReport Report() =>
        new(
            [.. _violations.OrderBy(static v => v.Rule.Stage).ThenBy(static v => v.Rule.Section, StringComparer.Ordinal)],
            [.. _undecided.OrderBy(static v => v.Rule.Stage).ThenBy(static v => v.Rule.Section, StringComparer.Ordinal)]
        );

    private static VmEntryOutcome OutcomeOf(VmEntryStage stage, ulong qualification) =>
        stage switch
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
