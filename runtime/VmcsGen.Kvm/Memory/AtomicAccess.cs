using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace VmcsGen.Kvm;

/// <summary>Accesses to guest memory that others use at the same time. The address is one that the caller keeps mapped.</summary>
internal static unsafe class AtomicAccess
{
    internal static T ReadAcquire<T>(void* address)
        where T : unmanaged
    {
        RequireAligned<T>(address);
        switch (sizeof(T))
        {
            case 1:
                return Unsafe.BitCast<byte, T>(Volatile.Read(ref *(byte*)address));
            case 2:
                return Unsafe.BitCast<ushort, T>(Volatile.Read(ref *(ushort*)address));
            case 4:
                return Unsafe.BitCast<uint, T>(Volatile.Read(ref *(uint*)address));
            default:
                return Unsafe.BitCast<ulong, T>(Volatile.Read(ref *(ulong*)address));
        }
    }

    internal static void WriteRelease<T>(void* address, T value)
        where T : unmanaged
    {
        RequireAligned<T>(address);
        switch (sizeof(T))
        {
            case 1:
                Volatile.Write(ref *(byte*)address, Unsafe.BitCast<T, byte>(value));
                break;
            case 2:
                Volatile.Write(ref *(ushort*)address, Unsafe.BitCast<T, ushort>(value));
                break;
            case 4:
                Volatile.Write(ref *(uint*)address, Unsafe.BitCast<T, uint>(value));
                break;
            default:
                Volatile.Write(ref *(ulong*)address, Unsafe.BitCast<T, ulong>(value));
                break;
        }
    }

    internal static T CompareExchange<T>(void* address, T value, T expected)
        where T : unmanaged
    {
        RequireAligned<T>(address);
        switch (sizeof(T))
        {
            case 1:
                return Unsafe.BitCast<byte, T>(
                    Interlocked.CompareExchange(ref *(byte*)address, Unsafe.BitCast<T, byte>(value), Unsafe.BitCast<T, byte>(expected))
                );
            case 2:
                return Unsafe.BitCast<ushort, T>(
                    Interlocked.CompareExchange(
                        ref *(ushort*)address,
                        Unsafe.BitCast<T, ushort>(value),
                        Unsafe.BitCast<T, ushort>(expected)
                    )
                );
            case 4:
                return Unsafe.BitCast<uint, T>(
                    Interlocked.CompareExchange(ref *(uint*)address, Unsafe.BitCast<T, uint>(value), Unsafe.BitCast<T, uint>(expected))
                );
            default:
                return Unsafe.BitCast<ulong, T>(
                    Interlocked.CompareExchange(ref *(ulong*)address, Unsafe.BitCast<T, ulong>(value), Unsafe.BitCast<T, ulong>(expected))
                );
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RequireAligned<T>(void* address)
        where T : unmanaged
    {
        if (sizeof(T) is not (1 or 2 or 4 or 8) || ((nuint)address & ((nuint)sizeof(T) - 1)) != 0)
            ThrowNotAtomic<T>();
    }

    private static void ThrowNotAtomic<T>()
        where T : unmanaged =>
        throw new ArgumentException(
            sizeof(T) is 1 or 2 or 4 or 8
                ? $"An atomic access to a {typeof(T).Name} takes an address that is a multiple of its {sizeof(T)} bytes."
                : $"An atomic access is one to 1, 2, 4 or 8 bytes, and a {typeof(T).Name} has {sizeof(T)}."
        );
}
