using System;

namespace VmcsGen.Vmx.Entry;

/// <summary>A rule that VM entry checks.</summary>
public sealed class VmEntryRule
{
    internal VmEntryRule(string name, VmEntryStage stage, string section, Action<VmEntryState> check)
    {
        Name = name;
        Stage = stage;
        Section = section;
        Check = check;
    }

    /// <summary>The rule's name, which does not change, such as <c>GuestCsAccessRightsType</c>.</summary>
    public string Name { get; }

    /// <summary>Where the rule is described, such as <c>SDM 3C 27.3.1.2</c> (edition of March 2024).</summary>
    public string Section { get; }

    /// <summary>The group of checks it belongs to, which decides how a violation is reported.</summary>
    public VmEntryStage Stage { get; }

    internal Action<VmEntryState> Check { get; }

    /// <summary>The name and where the rule is described.</summary>
    public override string ToString() => $"{Name} ({Section})";
}
