using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Memory that can also be mapped into KVM's guests, as the physical memory of a processor, from address 0 on.</summary>
/// <param name="memory">The memory, which stays the caller's to dispose of.</param>
public sealed class RamPhysicalMemory(GuestMemory memory) : IPhysicalMemory
{
    /// <summary>The memory: its first byte has physical address 0.</summary>
    public GuestMemory Memory { get; } = memory ?? throw new ArgumentNullException(nameof(memory));

    /// <summary>Bytes of the memory; the first address behind it.</summary>
    public ulong Size => Memory.Size;

    /// <inheritdoc/>
    public void Read(ulong physicalAddress, Span<byte> destination) => Memory.Read(physicalAddress, destination);

    /// <inheritdoc/>
    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source) => Memory.Write(physicalAddress, source);
}
