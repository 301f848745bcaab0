using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelVms;

/// <summary>A struct of the kernel, copied out of a dump.</summary>
/// <param name="address">Where it lay.</param>
/// <param name="bytes">Its bytes.</param>
internal sealed class KernelObject<T>(ulong address, byte[] bytes)
    where T : unmanaged
{
    public ulong Address => address;

    /// <summary>The bytes as the spec lays them out.</summary>
    public ref readonly T Value => ref MemoryMarshal.AsRef<T>(bytes);

    /// <summary>The address of a member: <c>vm.AddressOf(in vm.Value.VmList)</c>.</summary>
    public ulong AddressOf<TMember>(in TMember member) => address + OffsetOf(in member);

    private ulong OffsetOf<TMember>(in TMember member)
    {
        var offset = Unsafe.ByteOffset(
            ref MemoryMarshal.GetArrayDataReference(bytes),
            ref Unsafe.As<TMember, byte>(ref Unsafe.AsRef(in member))
        );
        return offset >= 0 && offset < bytes.Length
            ? (ulong)offset
            : throw new ArgumentException("This is no member of the struct.", nameof(member));
    }
}
