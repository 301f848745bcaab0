namespace System.Runtime.CompilerServices;

/// <summary>What C# cannot say: ilc has the bodies of the first four.</summary>
public static unsafe class Unsafe
{
    [Intrinsic]
    public static ref T AsRef<T>(void* pointer) => throw null!;

    [Intrinsic]
    public static ref T AsRef<T>(scoped ref readonly T source) => throw null!;

    [Intrinsic]
    public static ref T Add<T>(ref T first, int index) => throw null!;

    [Intrinsic]
    public static ref TTo As<TFrom, TTo>(ref TFrom source) => throw null!;

#pragma warning disable CS8500 // References are addresses, and nothing moves objects.
    internal static void* AddressOf(object target) => *(void**)&target;

    internal static T ObjectAt<T>(void* address)
        where T : class => *(T*)&address;
#pragma warning restore CS8500
}

public static class RuntimeHelpers
{
    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle handle) => throw null!;
}
