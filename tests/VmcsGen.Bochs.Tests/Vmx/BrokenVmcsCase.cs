using System;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>A VMCS that breaks one rule of VM entry.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Break">Breaks it in a VMCS that launches.</param>
/// <param name="Outcome">How the processor reports it.</param>
public sealed record BrokenVmcsCase(string Rule, Action<VmxRig> Break, VmEntryOutcome Outcome)
{
    public override string ToString() => Rule;
}
