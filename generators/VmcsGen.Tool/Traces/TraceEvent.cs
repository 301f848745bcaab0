using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>An entry or exit of a guest, as a trace has it.</summary>
/// <param name="Line">The line.</param>
/// <param name="Name">The trace point: <c>kvm_exit</c>.</param>
internal sealed record TraceEvent(int Line, string Name)
{
    /// <summary>When it was, in the trace's own words; empty if it does not say.</summary>
    public string Time { get; init; } = "";

    /// <summary>The vCPU; null if the trace does not tell.</summary>
    public uint? Vcpu { get; init; }

    /// <summary>The guest's RIP; null if the trace does not tell.</summary>
    public ulong? Rip { get; init; }

    /// <summary>What the trace calls the exit reason; empty for an entry.</summary>
    public string ReasonText { get; init; } = "";

    /// <summary>The exit reason; null for an entry, or if it is none of VMX.</summary>
    public ExitReason? Reason { get; init; }

    /// <summary>What else is known of the VM exit, by VMCS field.</summary>
    public IReadOnlyDictionary<VmcsField, ulong> Fields { get; init; } = new Dictionary<VmcsField, ulong>();

    /// <summary>Whether the guest is entered.</summary>
    public bool IsEntry => Name == "kvm_entry";
}
