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
}
