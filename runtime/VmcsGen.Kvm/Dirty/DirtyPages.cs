using System;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>
/// The pages whose bits are set in a dirty bitmap, in ascending order, for <c>foreach</c>. It allocates nothing, and steps over
/// clean words with the widest vectors of the processor.
/// </summary>
public readonly ref struct DirtyPages
{
    private readonly ReadOnlySpan<ulong> _words;
    private readonly ulong _pageCount;

    private DirtyPages(ReadOnlySpan<ulong> words, ulong pageCount)
    {
        _words = words;
        _pageCount = pageCount;
    }

    /// <summary>All set bits of a bitmap.</summary>
    /// <param name="bitmap">Bit 0 of the first word stands for page 0.</param>
    public static DirtyPages In(ReadOnlySpan<ulong> bitmap) => new(bitmap, 64 * (ulong)bitmap.Length);

    /// <summary>The set bits of a bitmap that stand for a page; what lies behind the last page does not count.</summary>
    /// <param name="bitmap">Bit 0 of the first word stands for page 0.</param>
    /// <param name="pageCount">Number of pages; it need not be a multiple of 64.</param>
    /// <exception cref="ArgumentException">The bitmap has fewer bits than there are pages.</exception>
    public static DirtyPages In(ReadOnlySpan<ulong> bitmap, ulong pageCount)
    {
        ulong words = MemorySlot.BitmapLength(pageCount);
        if (words > (ulong)bitmap.Length)
        {
            throw new ArgumentException(
                $"A bitmap of {pageCount} pages takes {words} words of 64 bits, and there are {bitmap.Length}.",
                nameof(bitmap)
            );
        }
        return new(bitmap[..(int)words], pageCount);
    }

    /// <summary>Begins at the lowest page.</summary>
    public Enumerator GetEnumerator() => new(_words, _pageCount);

    /// <summary>Goes from one set bit to the next.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<ulong> _words;
        private readonly ulong _pageCount;
        private int _next; // The word after the one that is being taken apart.
        private ulong _bits; // What is left of that one.

        internal Enumerator(ReadOnlySpan<ulong> words, ulong pageCount)
        {
            _words = words;
            _pageCount = pageCount;
        }

        /// <summary>The page's number: 0 for the first page of the bitmap.</summary>
        public ulong Current { get; private set; }

        /// <summary>Goes on to the next page; false if there is none.</summary>
        public bool MoveNext()
        {
            if (_bits == 0 && !NextWord())
                return false;
            Current = 64 * (ulong)(_next - 1) + (ulong)BitOperations.TrailingZeroCount(_bits);
            _bits &= _bits - 1;
            return true;
        }

        private bool NextWord()
        {
            if (_next < _words.Length && _words[_next] == 0)
            {
                // Vectors of 512, 256 or 128 bits, whichever the processor has.
                int clean = _words[_next..].IndexOfAnyExcept(0ul);
                _next = clean < 0 ? _words.Length : _next + clean;
            }
            if (_next >= _words.Length)
                return false;
            _bits = _words[_next++];
            // Only the last word can have bits that stand for no page.
            if (_next == _words.Length && _pageCount % 64 != 0)
                _bits &= (1ul << (int)(_pageCount % 64)) - 1;
            return _bits != 0;
        }
    }
}
