using System;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>Makes memory for a VMCS.</summary>
public static unsafe class VmcsMemory
{
    /// <summary>New zeroed memory, owned by the garbage collector.</summary>
    /// <typeparam name="TLayout">How the VMCS lies there.</typeparam>
    public static VmcsMemory<TLayout> Allocate<TLayout>()
        where TLayout : unmanaged, IVmcsLayout
    {
        // Pinned memory does not move, so that a pointer to it stays good while its owner lives.
        var bytes = GC.AllocateArray<byte>(sizeof(TLayout), pinned: true);
        return new((TLayout*)Unsafe.AsPointer(ref bytes[0]), bytes);
    }

    /// <summary>New memory with a copy of bytes found elsewhere; missing ones at the end are zero.</summary>
    /// <typeparam name="TLayout">How the VMCS lies there.</typeparam>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentException">There are more bytes than the layout has.</exception>
    public static VmcsMemory<TLayout> CopyOf<TLayout>(ReadOnlySpan<byte> bytes)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (bytes.Length > sizeof(TLayout))
        {
            throw new ArgumentException(
                $"{bytes.Length} bytes do not fit into a {typeof(TLayout).Name} of {sizeof(TLayout)}: pass the VMCS region alone.",
                nameof(bytes)
            );
        }
        var memory = Allocate<TLayout>();
        bytes.CopyTo(memory.Bytes);
        return memory;
    }
}
