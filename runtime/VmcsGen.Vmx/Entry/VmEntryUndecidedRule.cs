using System.Collections.Generic;

namespace VmcsGen.Vmx.Entry;

/// <summary>A rule of VM entry that cannot be decided, because something that it reads is unknown.</summary>
public sealed class VmEntryUndecidedRule
{
    internal VmEntryUndecidedRule(VmEntryRule rule, IReadOnlyList<string> needs) => (Rule, Needs) = (rule, needs);

    /// <summary>The rule.</summary>
    public VmEntryRule Rule { get; }

    /// <summary>
    /// What it needs: fields by name, capability MSRs as <c>IA32_VMX_MISC (485H)</c>, memory by address, or
    /// <see cref="VmEntryContext"/>. There may be more that it needs once these are known.
    /// </summary>
    public IReadOnlyList<string> Needs { get; }

    /// <summary>The rule, and what it needs.</summary>
    public override string ToString() => $"{Rule} cannot be decided: it needs {string.Join(", ", Needs)}.";
}
