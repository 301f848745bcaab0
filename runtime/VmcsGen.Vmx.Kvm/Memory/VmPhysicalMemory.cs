using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// The guest physical memory of a KVM VM, as physical memory of a processor: to look at the VMX structures of a hypervisor that
/// runs in the VM.
/// </summary>
/// <param name="memory">The VM's memory.</param>
public sealed class VmPhysicalMemory(GuestPhysicalMemory memory) : IPhysicalMemory
{
    /// <summary>The VM's memory.</summary>
    public GuestPhysicalMemory Memory { get; } = memory ?? throw new ArgumentNullException(nameof(memory));

    /// <inheritdoc/>
    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        try
        {
            Memory.Read(physicalAddress, destination);
        }
        catch (GuestMemoryException hole)
        {
            throw OutOfRange(hole);
        }
    }

    /// <inheritdoc/>
    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        try
        {
            Memory.Write(physicalAddress, source);
        }
        catch (GuestMemoryException hole)
        {
            throw OutOfRange(hole);
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(GuestMemoryException hole) => new(hole.Message, hole);
}
