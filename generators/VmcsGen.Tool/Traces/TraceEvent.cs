using System;
using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>An entry or exit of a guest, as a trace has it.</summary>
/// <param name="Line">The line; of a trace that is no text, the number of the event.</param>
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

    /// <summary>The exit, if it is one of SVM.</summary>
    public SvmExit? Svm { get; init; }

    /// <summary>Whether the guest is entered.</summary>
    public bool IsEntry => Name == "kvm_entry";

    /// <summary>The same of a VM exit of VMX.</summary>
    /// <param name="text">What the trace calls the exit reason.</param>
    /// <param name="reason">The exit reason.</param>
    /// <param name="known">What else the trace tells, by VMCS field; null is what it does not tell.</param>
    public TraceEvent WithExit(string text, ExitReason reason, params ReadOnlySpan<(VmcsField Field, ulong? Value)> known)
    {
        var fields = new Dictionary<VmcsField, ulong> { [VmcsField.ExitReason] = reason.Value };
        foreach (var (field, value) in known)
        {
            if (value is { } number && (field.Size == sizeof(ulong) || number >> (8 * field.Size) == 0))
                fields[field] = number;
        }
        return this with { ReasonText = text, Reason = reason, Fields = fields };
    }
}
