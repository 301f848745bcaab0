using System;
using BareMetal;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// The VM entry of the current VMCS as the package's rules see it. What they find broken goes to the serial port at once, in the words of
/// the package's checker.
/// </summary>
internal sealed partial class VmEntryState
{
    private VmEntryRule? _rule;

    internal Vmcs<ProcessorVmcs> Vmcs => ProcessorVmcs.Current;

    internal VmxCapabilities Capabilities { get; } = new();

    internal VmEntryContext Context { get; } = new();

    /// <summary>How many findings there were.</summary>
    internal uint Violations { get; private set; }

    internal void Check(VmEntryRule rule)
    {
        _rule = rule;
        rule.Check(this);
    }

    /// <summary>No rule reads memory here: all guests have EPT, and the VMCS has the four entries of PAE paging.</summary>
    internal bool TryReadMemory(ulong address, Span<byte> destination) => false;

    internal void Violate(string finding, string remedy, params ReadOnlySpan<VmcsField> fields) => Violate(0, finding, remedy, fields);

    internal void Violate(ulong qualification, string finding, string remedy, params ReadOnlySpan<VmcsField> fields)
    {
        Violations++;
        Serial.Line($"  {_rule!.Name} ({_rule!.Section}): {finding}");
        foreach (var field in fields)
            Serial.Line($"  - {Accessors.NameOf(field)} = 0x{Vmcs.Access.Read(field):X}");
        Serial.Line($"  - To satisfy it: {remedy}");
    }
}
