using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of guest physical memory as spans, in the order of their addresses: one for each memory slot that it lies in. For
/// foreach; see <see cref="GuestPhysicalMemory.GetSpans"/>.
/// </summary>
public readonly ref struct GuestMemorySpans
{
    private readonly MemoryRange[] _ranges;
    private readonly ulong _start;
    private readonly int _length;

    internal GuestMemorySpans(MemoryRange[] ranges, ulong start, int length)
    {
        _ranges = ranges;
        _start = start;
        _length = length;
    }

    /// <summary>Begins with the first span.</summary>
    public Enumerator GetEnumerator() => new(_ranges, _start, _length);

    /// <summary>Goes through the spans.</summary>
    public ref struct Enumerator
    {
        private readonly MemoryRange[] _ranges;
        private ulong _next;
        private int _left;

        internal Enumerator(MemoryRange[] ranges, ulong start, int length)
        {
            _ranges = ranges;
            _next = start;
            _left = length;
        }

        /// <summary>The memory itself, not a copy.</summary>
        public Span<byte> Current { readonly get; private set; }

        /// <summary>Goes to the next span; false if there is none.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
                return false;
            var range = MemorySlotTable.Find(_ranges, _next)!; // That there is no hole was checked.
            Current = range.LendSpan(_next, range.BytesFrom(_next, _left));
            _next += (ulong)Current.Length;
            _left -= Current.Length;
            return true;
        }
    }
}
