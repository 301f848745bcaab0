namespace System.Runtime.CompilerServices;

/// <summary>What C# cannot say: ilc has the bodies.</summary>
public static unsafe class Unsafe
{
    [Intrinsic]
    public static ref T AsRef<T>(void* pointer) => throw null!;

    [Intrinsic]
    public static ref T Add<T>(ref T first, int index) => throw null!;
}

public static class RuntimeHelpers
{
    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle handle) => throw null!;
}
