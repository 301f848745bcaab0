using System.Collections.Generic;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Tool.Findings;

/// <summary>A VMCS as something holds it: a log, or memory.</summary>
internal interface IVmcsRecord
{
    /// <summary>The fields that it holds.</summary>
    IReadOnlyDictionary<VmcsField, ulong> Fields { get; }

    /// <summary>What it is, in a word: <c>dump</c>.</summary>
    string Noun { get; }

    /// <summary>What all of its kind are: <c>dump of KVM</c>.</summary>
    string Kind { get; }

    /// <summary>The entries of the VM-entry MSR-load area, if it holds them; null if not.</summary>
    IReadOnlyList<MsrAreaEntry>? EntryMsrs => null;

    /// <summary>Whether others of its kind hold a field.</summary>
    bool CanHold(VmcsField field);
}
