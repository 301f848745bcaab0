namespace System.Runtime.InteropServices;

public static unsafe class MemoryMarshal
{
    /// <summary>The same memory as elements of another type.</summary>
#pragma warning disable CS8500 // What is cast holds no references.
    public static Span<TTo> Cast<TFrom, TTo>(Span<TFrom> span)
        where TFrom : struct
        where TTo : struct
    {
        fixed (TFrom* first = &span.First)
            return new(first, (int)((long)span.Length * sizeof(TFrom) / sizeof(TTo)));
    }
#pragma warning restore CS8500

    /// <summary>What the compiler makes of arguments behind <c>params</c>.</summary>
    public static ReadOnlySpan<T> CreateReadOnlySpan<T>(ref T first, int length) => new(ref first, length);
}
