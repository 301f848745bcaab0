using System;
using System.Collections;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx.Entry;

/// <summary>The rules of one part of the SDM, without the collections that the package's class of this name is made of.</summary>
internal sealed class RuleSet(VmEntryStage stage, string section) : IEnumerable
{
    private RuleLink? _first;
    private RuleLink? _last;

    public IEnumerator GetEnumerator() => null!;

    internal void Add(Action<VmEntryState> check, [CallerArgumentExpression(nameof(check))] string name = "")
    {
        var link = new RuleLink(new VmEntryRule(name, stage, section, check));
        if (_last is null)
            _first = link;
        else
            _last.Next = link;
        _last = link;
    }

    /// <summary>Checks them in their order.</summary>
    internal void Check(VmEntryState state)
    {
        for (var link = _first; link is not null; link = link.Next)
            state.Check(link.Rule);
    }

    private sealed class RuleLink(VmEntryRule rule)
    {
        public VmEntryRule Rule => rule;

        public RuleLink? Next { get; set; }
    }
}
