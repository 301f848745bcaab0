using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// An MSR-load or MSR-store area: the MSRs that a VM entry or VM exit loads or stores, in order. Its physical address and
/// <see cref="Count"/> go into the VMCS (SDM 3C 25.7.2 and 25.8.2).
/// </summary>
/// <example><code>
/// var area = new MsrArea(page);
/// area.Set(0xC0000102, kernelGsBase);
/// vmcs.VmEntryMsrLoadAddress = physicalAddress;
/// vmcs.VmEntryMsrLoadCount = (uint)area.Count;
/// </code></example>
public ref struct MsrArea
{
    private readonly Span<MsrAreaEntry> _entries;

    /// <summary>Uses memory of the caller.</summary>
    /// <param name="memory">A multiple of 16 bytes. The physical address must be a multiple of 16.</param>
    /// <param name="count">How many entries lie there already.</param>
    /// <exception cref="ArgumentException">The memory is not a multiple of 16 bytes, or has no room for the entries.</exception>
    public MsrArea(Span<byte> memory, int count = 0)
    {
        _entries = MemoryMarshal.Cast<byte, MsrAreaEntry>(memory);
        if (memory.Length % 16 != 0)
            throw new ArgumentException($"{memory.Length} bytes are not a multiple of 16, the size of an entry.", nameof(memory));
        if (count < 0 || count > _entries.Length)
        {
            throw new ArgumentException(
                $"{memory.Length} bytes have room for 0 to {_entries.Length} entries, not for {count}.",
                nameof(count)
            );
        }
        Count = count;
    }

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many entries the memory has room for.</summary>
    public readonly int Capacity => _entries.Length;

    /// <summary>The entries, in place.</summary>
    public readonly Span<MsrAreaEntry> Entries => _entries[..Count];

    /// <summary>
    /// The largest count that the processor is said to bear; with more, VM entries and VM exits may fail in undefined ways
    /// (SDM 3D A.6).
    /// </summary>
    /// <param name="misc">IA32_VMX_MISC of the processor.</param>
    public static int RecommendedMaximum(VmxMisc misc) => 512 * ((int)misc.MsrListMultiplier + 1);

    /// <summary>Gives an MSR a value: in its entry, or in a new one at the end.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <param name="value">The value; of no meaning in an MSR-store area.</param>
    /// <exception cref="InvalidOperationException">There is no room for another entry.</exception>
    public void Set(uint msr, ulong value = 0)
    {
        var place = Find(msr);
        if (place < 0)
        {
            if (Count == Capacity)
                throw new InvalidOperationException($"The MSR area is full: its memory has room for {Capacity} entries.");
            place = Count++;
        }
        _entries[place] = new MsrAreaEntry(msr, value);
    }

    /// <summary>Finds the value of an MSR, such as one that a VM exit has stored.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <param name="value">The value, or zero.</param>
    /// <returns>Whether the MSR has an entry.</returns>
    public readonly bool TryGet(uint msr, out ulong value)
    {
        var place = Find(msr);
        value = place < 0 ? 0 : _entries[place].Value;
        return place >= 0;
    }

    /// <summary>Takes an MSR out. The entries behind move up, so that the order stays.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <returns>Whether the MSR had an entry.</returns>
    public bool Remove(uint msr)
    {
        var place = Find(msr);
        if (place < 0)
            return false;
        _entries[(place + 1)..Count].CopyTo(_entries[place..]);
        Count--;
        _entries[Count] = default;
        return true;
    }

    private readonly int Find(uint msr)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_entries[i].Index == msr)
                return i;
        }
        return -1;
    }
}
