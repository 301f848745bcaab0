using System;

namespace VmcsGen.Vmx;

/// <summary>Lists of fields with their values and outcomes, which belong together by position.</summary>
internal static class VmcsFieldLists
{
    internal static void Check(ReadOnlySpan<VmcsField> fields, ReadOnlySpan<ulong> values, ReadOnlySpan<VmxResult> outcomes)
    {
        if (values.Length < fields.Length)
            throw new ArgumentException($"There are {fields.Length} fields and only {values.Length} values.", nameof(values));
        if (outcomes.Length < fields.Length)
            throw new ArgumentException($"There are {fields.Length} fields and room for only {outcomes.Length} outcomes.", nameof(outcomes));
    }
}
