using System;

namespace VmcsGen.Vmx;

/// <summary>
/// Lists of fields with their values and outcomes, which belong together by position: what an <see cref="IVmxProcessor"/> that reads or
/// writes many fields at once is given.
/// </summary>
public static class VmcsFieldLists
{
    /// <summary>Checks that each field has its place in the other lists.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="values">Their values, or room for them.</param>
    /// <param name="outcomes">Room for their outcomes.</param>
    /// <exception cref="ArgumentException">One of the other lists is shorter.</exception>
    public static void Check(ReadOnlySpan<VmcsField> fields, ReadOnlySpan<ulong> values, ReadOnlySpan<VmxResult> outcomes)
    {
        if (values.Length < fields.Length)
            throw new ArgumentException($"There are {fields.Length} fields and only {values.Length} values.", nameof(values));
        if (outcomes.Length < fields.Length)
            throw new ArgumentException(
                $"There are {fields.Length} fields and room for only {outcomes.Length} outcomes.",
                nameof(outcomes)
            );
    }
}
