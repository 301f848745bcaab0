using System.Runtime.CompilerServices;

namespace System;

public readonly ref struct ReadOnlySpan<T>
{
    private readonly ref T _first;
    private readonly int _length;

    public unsafe ReadOnlySpan(void* first, int length)
    {
        _first = ref Unsafe.AsRef<T>(first);
        _length = length;
    }

    internal ReadOnlySpan(ref T first, int length)
    {
        _first = ref first;
        _length = length;
    }

    public ReadOnlySpan(T[] array)
    {
        _first = ref array[0];
        _length = array.Length;
    }

    public int Length => _length;

    public Enumerator GetEnumerator() => new(this);

    public ref readonly T this[int index] => ref Unsafe.Add(ref _first, index);

    /// <summary>What <c>foreach</c> makes of a span.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<T> _span;
        private int _index;

        internal Enumerator(ReadOnlySpan<T> span)
        {
            _span = span;
            _index = -1;
        }

        public readonly ref readonly T Current => ref _span[_index];

        public bool MoveNext() => ++_index < _span.Length;
    }
}
