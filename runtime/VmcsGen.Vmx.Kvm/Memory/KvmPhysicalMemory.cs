using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Memory of KVM as the physical memory of a processor: memory that can also be mapped into KVM's guests, for a processor of one's own, or
/// all that a VM has, to look at the VMX structures of a hypervisor that runs in the VM.
/// </summary>
public sealed class KvmPhysicalMemory : IPhysicalMemory
{
    private readonly GuestPhysicalMemory? _vm;

    /// <summary>Memory from physical address 0 on.</summary>
    /// <param name="memory">The memory, which stays the caller's to dispose of.</param>
    public KvmPhysicalMemory(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Memory = memory;
    }

    /// <summary>The guest-physical memory of a VM.</summary>
    /// <param name="memory">The VM's memory.</param>
    public KvmPhysicalMemory(GuestPhysicalMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _vm = memory;
    }

    /// <summary>The memory whose first byte has physical address 0; null for the memory of a VM.</summary>
    public GuestMemory? Memory { get; }

    /// <inheritdoc/>
    public bool Contains(ulong physicalAddress, int length)
    {
        if (Memory is { } memory)
            return (ulong)length <= memory.Size && physicalAddress <= memory.Size - (ulong)length;
        // Slots are made of pages.
        const ulong PageSize = 4096;
        for (var left = (ulong)length; left != 0; )
        {
            var part = Math.Min(left, PageSize - (physicalAddress % PageSize));
            if (!_vm!.TryGetSpan(physicalAddress, (int)part, out _))
                return false;
            physicalAddress += part;
            left -= part;
        }
        return true;
    }

    /// <inheritdoc/>
    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        Check(physicalAddress, destination.Length);
        if (Memory is { } memory)
            memory.Read(physicalAddress, destination);
        else
            _vm!.Read(physicalAddress, destination);
    }

    /// <inheritdoc/>
    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        Check(physicalAddress, source.Length);
        if (Memory is { } memory)
            memory.Write(physicalAddress, source);
        else
            _vm!.Write(physicalAddress, source);
    }

    private void Check(ulong physicalAddress, int length)
    {
        if (!Contains(physicalAddress, length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(physicalAddress),
                $"There is no memory at some of the {length} bytes from 0x{physicalAddress:X} on."
            );
        }
    }
}
