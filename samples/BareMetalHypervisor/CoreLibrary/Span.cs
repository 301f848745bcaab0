using System.Runtime.CompilerServices;

namespace System;

/// <summary>Memory of elements. Its bounds are checked.</summary>
public readonly ref struct Span<T>
{
    private readonly ref T _first;
    private readonly int _length;

    public unsafe Span(void* first, int length)
    {
        _first = ref Unsafe.AsRef<T>(first);
        _length = length;
    }

    public int Length => _length;

    internal ref T First => ref _first;

    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)_length)
                throw new ArgumentOutOfRangeException(nameof(index), "beyond the end of a span");
            return ref Unsafe.Add(ref _first, index);
        }
    }

    public void Fill(T value)
    {
        for (var i = 0; i < _length; i++)
            this[i] = value;
    }

    public void Clear() => Fill(default!);
}
