using System;

namespace VmcsGen.Kvm;

/// <summary>
/// Where a slot's memory is seen by the guest. It never changes: whoever has found one goes on with it, though the slot may
/// meanwhile be moved.
/// </summary>
internal sealed class MemoryRange(ulong start, GuestMemory memory)
{
    /// <summary>The first guest physical address.</summary>
    internal ulong Start { get; } = start;

    /// <summary>The last guest physical address.</summary>
    internal ulong Last { get; } = start + (memory.Size - 1);

    internal GuestMemory Memory { get; } = memory;

    internal ulong Size => Memory.Size;

    /// <summary>In hexadecimal, both ends included.</summary>
    public override string ToString() => $"0x{Start:X}-0x{Last:X}";

    internal bool Overlaps(MemoryRange other) => Start <= other.Last && other.Start <= Last;

    internal bool Contains(ulong guestPhysicalAddress, int length)
    {
        var offset = guestPhysicalAddress - Start;
        return guestPhysicalAddress >= Start && offset <= Size && (ulong)length <= Size - offset;
    }

    /// <summary>
    /// The part that it has of a range of any length, as offsets from its start; null if it has none. A range that would go on behind the
    /// last address there is ends with that.
    /// </summary>
    internal PageRange? PartOf(ulong guestPhysicalAddress, ulong length)
    {
        if (length == 0)
            return null;
        var last = guestPhysicalAddress + Math.Min(length - 1, ulong.MaxValue - guestPhysicalAddress);
        return guestPhysicalAddress > Last || last < Start
            ? null
            : new(Math.Max(guestPhysicalAddress, Start) - Start, Math.Min(last, Last) - Start + 1);
    }

    /// <summary>How many of the wanted bytes it has from an address within it.</summary>
    internal int BytesFrom(ulong guestPhysicalAddress, int wanted) => (int)Math.Min((ulong)wanted, Size - (guestPhysicalAddress - Start));

    /// <summary>Bytes that lie within it, for use by a caller that keeps the memory.</summary>
    internal unsafe Span<byte> GetSpan(ulong guestPhysicalAddress, int length)
    {
        Memory.Supply?.Require(guestPhysicalAddress - Start, (ulong)length);
        return new((void*)(Memory.Mapping.Address + (nint)(guestPhysicalAddress - Start)), length);
    }

    /// <summary>The same for a caller that gives the span away.</summary>
    internal Span<byte> LendSpan(ulong guestPhysicalAddress, int length)
    {
        Memory.Mapping.IsLent = true;
        return GetSpan(guestPhysicalAddress, length);
    }
}
