using System;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>Reads several fields of a VMCS: together where each VMREAD may be a round trip, one by one elsewhere.</summary>
internal static class FieldReads
{
    internal static void Read<TAccess>(TAccess access, ReadOnlySpan<VmcsField> fields, Span<ulong> values, Span<VmxResult> outcomes)
        where TAccess : struct, IVmcsAccess
    {
        if (typeof(TAccess) == typeof(CurrentVmcs))
        {
            Unsafe.As<TAccess, CurrentVmcs>(ref access).Processor.Vmread(fields, values, outcomes);
            return;
        }
        for (var i = 0; i < fields.Length; i++)
            outcomes[i] = access.TryRead(fields[i], out values[i]);
    }
}
