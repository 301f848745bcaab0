using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// The fields of a VMCS that is being created: cleared at first, then written step by step. What a step writes is collected and sent
/// together. A field whose value is 0 need not exist: which fields a processor has, it alone knows (SDM 3D appendix B says which may
/// be missing, and hypervisors that offer VMX to their guests leave out more).
/// </summary>
/// <param name="processor">The processor, on which the VMCS is current.</param>
internal sealed class VmcsDraft(IVmxProcessor processor)
{
    private readonly HashSet<VmcsField> _absent = [];
    private readonly List<VmcsField> _fields = [];
    private readonly List<ulong> _values = [];

    /// <summary>Writes 0 to every field that can be written; VMCLEAR says nothing about the values of fields (SDM 3C 25.11.3).</summary>
    /// <exception cref="VmxException">VMWRITE failed for another reason than that there is no such field.</exception>
    internal void Clear()
    {
        foreach (ref readonly var info in VmcsFields.All)
        {
            if (!info.Field.IsReadOnly)
                Write(info.Field, 0);
        }
        var outcomes = Send();
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i].Error == VmInstructionError.UnsupportedVmcsComponent)
                _absent.Add(_fields[i]);
            else
                ThrowIfFailed(i, outcomes[i]);
        }
        Forget();
    }

    /// <summary>Notes a value for a field.</summary>
    internal void Write(VmcsField field, ulong value)
    {
        if (value == 0 && _absent.Contains(field))
            return;
        _fields.Add(field);
        _values.Add(value);
    }

    /// <summary>Writes what was noted since the last time.</summary>
    /// <exception cref="VmxException">The processor does not take a value, or lacks a field that has one.</exception>
    internal void Flush()
    {
        if (_fields.Count == 0)
            return;
        var outcomes = Send();
        for (var i = 0; i < outcomes.Length; i++)
            ThrowIfFailed(i, outcomes[i]);
        Forget();
    }

    private VmxResult[] Send()
    {
        var outcomes = new VmxResult[_fields.Count];
        processor.Vmwrite([.. _fields], [.. _values], outcomes);
        return outcomes;
    }

    private void Forget()
    {
        _fields.Clear();
        _values.Clear();
    }

    private void ThrowIfFailed(int index, VmxResult outcome)
    {
        if (outcome.IsSuccess)
            return;
        var (field, value) = (_fields[index], _values[index]);
        Forget();
        var lacks =
            outcome.Error == VmInstructionError.UnsupportedVmcsComponent
                ? ", a field that this processor does not have and that is needed here"
                : "";
        throw new VmxException($"VMWRITE of 0x{value:X} to {VmcsFields.NameOf(field)}{lacks}", outcome);
    }
}
