using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Entry;

/// <summary>The rules of one part of the SDM. Adding a method adds a rule, which is named after it.</summary>
/// <param name="stage">The group of checks.</param>
/// <param name="section">Where the rules are described.</param>
internal sealed class RuleSet(VmEntryStage stage, string section) : System.Collections.IEnumerable
{
    private readonly List<VmEntryRule> _rules = [];

    internal ReadOnlySpan<VmEntryRule> Rules => CollectionsMarshal.AsSpan(_rules);

    /// <inheritdoc/>
    public System.Collections.IEnumerator GetEnumerator() => _rules.GetEnumerator();

    internal void Add(Action<VmEntryState> check, [CallerArgumentExpression(nameof(check))] string name = "") =>
        _rules.Add(new VmEntryRule(name, stage, section, check));
}
