using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A case while it is made up: the fields so far, and chance.</summary>
internal sealed class CaseBuilder(
    Random random,
    IReadOnlyDictionary<VmcsField, ulong> before,
    FuzzMemory memory,
    VmxCapabilities capabilities,
    VmEntryContext context
)
{
    /// <summary>How many fields a case changes at most.</summary>
    public const int MostFields = 4;

    private readonly List<KeyValuePair<VmcsField, ulong>> _fields = [];
    private readonly List<MemoryPatch> _patches = [];

    public FuzzMemory Memory => memory;

    public VmxCapabilities Capabilities => capabilities;

    public VmEntryContext Context => context;

    /// <summary>All fields that can be changed, in the order of encodings.</summary>
    public IReadOnlyList<VmcsField> AllFields { get; } = [.. before.Keys.Order()];

    public IReadOnlyList<KeyValuePair<VmcsField, ulong>> Fields => _fields;

    public IReadOnlyList<MemoryPatch> Patches => _patches;

    public bool IsFull => _fields.Count == MostFields;

    /// <summary>The first address beyond the physical-address width.</summary>
    public ulong BeyondWidth => 1UL << context.PhysicalAddressWidth;

    public ulong this[VmcsField field]
    {
        get
        {
            foreach (var (changed, value) in _fields)
            {
                if (changed == field)
                    return value;
            }
            return before.GetValueOrDefault(field);
        }
    }

    public bool Has(VmcsField field) => before.ContainsKey(field);

    /// <summary>A number from 0 on.</summary>
    public int Below(int limit) => random.Next(limit);

    /// <summary>True so many times out of a hundred.</summary>
    public bool Chance(int percent) => random.Next(100) < percent;

    public T OneOf<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];

    public ulong OneOf(params ReadOnlySpan<ulong> values) => values[random.Next(values.Length)];

    public ulong AnyNumber() => (ulong)random.NextInt64(long.MinValue, long.MaxValue);

    /// <summary>Changes a field, as far as the processor has it and there may be another change.</summary>
    public void Set(VmcsField field, ulong value)
    {
        if (!Has(field))
            return;
        var truncated = value & (ulong.MaxValue >> (64 - (8 * field.Size)));
        var place = _fields.FindIndex(changed => changed.Key == field);
        if (place >= 0)
            _fields[place] = new(field, truncated);
        else if (!IsFull && truncated != before[field])
            _fields.Add(new(field, truncated));
    }

    public void Flip(VmcsField field, ulong bits) => Set(field, this[field] ^ bits);

    public void FlipAnyBit(VmcsField field) => Flip(field, 1UL << random.Next(8 * field.Size));

    /// <summary>Changes memory behind what it holds in other cases.</summary>
    public void Patch<T>(ulong address, T earlier, T later)
        where T : unmanaged
    {
        if (!_patches.Any(patch => patch.Address == address))
            _patches.Add(new(address, Bytes(earlier), Bytes(later)));
    }

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
