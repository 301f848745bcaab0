using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>States of devices as bytes.</summary>
internal static class DeviceState
{
    internal static byte[] ToBytes<T>(in T state)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in state)).ToArray();

    internal static T FromBytes<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged =>
        bytes.Length == Unsafe.SizeOf<T>()
            ? MemoryMarshal.Read<T>(bytes)
            : throw new ArgumentException(
                $"A {typeof(T).Name} has {Unsafe.SizeOf<T>()} bytes, and these are {bytes.Length}.",
                nameof(bytes)
            );
}
