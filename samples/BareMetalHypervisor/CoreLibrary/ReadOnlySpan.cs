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

    public ReadOnlySpan(T[] array)
    {
        _first = ref array[0];
        _length = array.Length;
    }

    public int Length => _length;

    public ref readonly T this[int index] => ref Unsafe.Add(ref _first, index);
}
