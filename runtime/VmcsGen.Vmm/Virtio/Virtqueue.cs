using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The device's side of a split virtqueue. Whatever the guest writes there is checked: addresses, lengths, circles, and how much is
/// offered. Used by one thread at a time. Source: VIRTIO 1.2, 2.7.
/// </summary>
public sealed class Virtqueue
{
    private const int RingHeader = 4; // Flags and index.
    private const ushort NoInterrupt = 1;
    private const ulong DescriptorSize = 16;
    private const ulong UsedSize = 8;

    private readonly GuestPhysicalMemory _memory;
    private readonly VirtqueueChain _chain;
    private readonly ushort _largest;
    private VirtqueueState _state;
    private int _budget = int.MaxValue;
    private GuestMemoryView? _descriptors;
    private GuestMemoryView? _available;
    private GuestMemoryView? _used;

    internal Virtqueue(GuestPhysicalMemory memory, ushort largest)
    {
        _memory = memory;
        _largest = largest;
        // A chain has as many descriptors at most as the queue has, and so has an indirect table.
        _chain = new VirtqueueChain(memory, largest);
        Reset();
    }

    /// <summary>Whether the driver has set it up.</summary>
    public bool IsReady => _state.IsReady != 0;

    internal VirtqueueState State => _state;

    /// <summary>Whether chains were left that the driver offers, because there were too many.</summary>
    internal bool WasCutShort { get; private set; }

    internal void BeginServing(int mostChains)
    {
        _budget = mostChains;
        WasCutShort = false;
    }

    /// <summary>Takes the next chain that the driver offers.</summary>
    /// <param name="chain">The chain, good until the next call.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="VirtqueueException">The guest breaks the rules.</exception>
    public bool TryTake([NotNullWhen(true)] out VirtqueueChain? chain)
    {
        chain = null;
        if (!IsReady)
            return false;
        // What the driver wrote before the index is seen after it.
        var offered = (ushort)(_available!.ReadAcquire<ushort>(2) - _state.NextAvailable);
        if (offered == 0)
            return false;
        if (_budget == 0)
        {
            WasCutShort = true;
            return false;
        }
        _budget--;
        if (offered > _state.Size)
            throw new VirtqueueException($"The driver offers {offered} chains in a queue of {_state.Size}.");
        var slot = _state.NextAvailable % _state.Size;
        var head = _available.Read<ushort>(RingHeader + 2 * (ulong)slot);
        _state.NextAvailable++;
        _chain.Begin(head);
        Collect(head);
        chain = _chain;
        return true;
    }

    /// <summary>Leaves the chain that was taken last for the next time.</summary>
    internal void PutBack()
    {
        _state.NextAvailable--;
        _budget++;
    }

    /// <summary>Gives a chain back.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="written">How many bytes were written into it, from the first writable one on.</param>
    public void Return(VirtqueueChain chain, uint written)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (!IsReady)
            return; // The driver has reset the device meanwhile.
        var slot = _state.NextUsed % _state.Size;
        _used!.Write(RingHeader + UsedSize * (ulong)slot, new VirtqueueUsedElement { Id = chain.Head, Len = written });
        _state.NextUsed++;
        _used.WriteRelease<ushort>(2, _state.NextUsed);
    }

    /// <summary>Whether the driver wants an interrupt for what was given back.</summary>
    public bool WantsInterrupt()
    {
        if (!IsReady)
            return false;
        // The index must be out before the wish is read, or both sides could wait for each other.
        Interlocked.MemoryBarrier();
        return (_available!.Read<ushort>(0) & NoInterrupt) == 0;
    }

    internal void Reset()
    {
        _state = new VirtqueueState { Size = _largest };
        _descriptors = _available = _used = null;
    }

    internal void SetSize(uint size)
    {
        if (!IsReady)
            _state.Size = (ushort)Math.Min(size, ushort.MaxValue);
    }

    internal void SetAddress(VirtioMmioRegister register, uint half)
    {
        if (IsReady)
            return;
        switch (register)
        {
            case VirtioMmioRegister.QueueDescLow or VirtioMmioRegister.QueueDescHigh:
                SetHalf(ref _state.Descriptors, register == VirtioMmioRegister.QueueDescHigh, half);
                break;
            case VirtioMmioRegister.QueueAvailLow or VirtioMmioRegister.QueueAvailHigh:
                SetHalf(ref _state.Available, register == VirtioMmioRegister.QueueAvailHigh, half);
                break;
            default:
                SetHalf(ref _state.Used, register == VirtioMmioRegister.QueueUsedHigh, half);
                break;
        }
    }

    /// <summary>Lets the queue work.</summary>
    /// <exception cref="VirtqueueException">Its parts have no places, or it has another size than it may have.</exception>
    internal void Enable()
    {
        if (IsReady)
            return;
        if (_state.Size == 0 || _state.Size > _largest || !BitOperations.IsPow2(_state.Size))
            throw new VirtqueueException($"A queue has a power of two of descriptors up to {_largest}, not {_state.Size}.");
        _descriptors = View(_state.Descriptors, DescriptorSize * _state.Size, alignment: 16, "descriptors");
        _available = View(_state.Available, RingHeader + 2 * (ulong)_state.Size, alignment: 2, "available ring");
        _used = View(_state.Used, RingHeader + UsedSize * _state.Size, alignment: 4, "used ring");
        _state.IsReady = 1;
    }

    internal void Disable() => Reset();

    internal void Restore(in VirtqueueState state)
    {
        Reset();
        _state = state;
        _state.IsReady = 0;
        if (state.IsReady == 0)
            return;
        Enable();
    }

    private GuestMemoryView View(ulong address, ulong length, ulong alignment, string what)
    {
        if (address % alignment != 0)
            throw new VirtqueueException($"The {what} at 0x{address:X} must lie at a multiple of {alignment}.");
        return _memory.TryCreateView(address, length, out var view)
            ? view
            : throw new VirtqueueException($"There is no memory for the {what}, 0x{length:X} bytes at guest physical 0x{address:X}.");
    }

    /// <summary>Goes along a chain. Every descriptor is read once, so that what was checked is what is used.</summary>
    private void Collect(ushort index)
    {
        for (var passed = 0; ; passed++)
        {
            if (index >= _state.Size || passed == _state.Size)
                throw new VirtqueueException($"A chain leaves the table of {_state.Size} descriptors or goes round in a circle.");
            var descriptor = _descriptors!.Read<VirtqueueDescriptor>(index * DescriptorSize);
            if ((descriptor.Flags & VirtqueueDescriptorFlags.Indirect) != 0)
            {
                if ((descriptor.Flags & VirtqueueDescriptorFlags.Next) != 0)
                    throw new VirtqueueException("A descriptor stands behind an indirect table.");
                CollectIndirect(descriptor);
                return;
            }
            _chain.Add(new(descriptor.Addr, descriptor.Len), (descriptor.Flags & VirtqueueDescriptorFlags.Write) != 0);
            if ((descriptor.Flags & VirtqueueDescriptorFlags.Next) == 0)
                return;
            index = descriptor.Next;
        }
    }

    private void CollectIndirect(in VirtqueueDescriptor descriptor)
    {
        var count = descriptor.Len / (uint)DescriptorSize;
        if (count == 0 || count > _largest || descriptor.Len % DescriptorSize != 0)
            throw new VirtqueueException(
                $"An indirect table has 0x{descriptor.Len:X} bytes; a multiple of 16 up to {_largest} descriptors is expected."
            );
        Span<byte> bytes = stackalloc byte[(int)DescriptorSize];
        ushort index = 0;
        for (uint passed = 0; ; passed++)
        {
            if (index >= count || passed == count)
                throw new VirtqueueException($"An indirect chain leaves its table of {count} descriptors or goes round in a circle.");
            try
            {
                _memory.Read(descriptor.Addr + index * DescriptorSize, bytes);
            }
            catch (GuestMemoryException)
            {
                throw new VirtqueueException($"There is no memory for an indirect table at guest physical 0x{descriptor.Addr:X}.");
            }
            var entry = Unsafe.ReadUnaligned<VirtqueueDescriptor>(ref bytes[0]);
            if ((entry.Flags & VirtqueueDescriptorFlags.Indirect) != 0)
                throw new VirtqueueException("An indirect table stands in another.");
            _chain.Add(new(entry.Addr, entry.Len), (entry.Flags & VirtqueueDescriptorFlags.Write) != 0);
            if ((entry.Flags & VirtqueueDescriptorFlags.Next) == 0)
                return;
            index = entry.Next;
        }
    }

    private static void SetHalf(ref ulong address, bool isHigh, uint half) =>
        address = isHigh ? (uint)address | (ulong)half << 32 : (address & ~(ulong)uint.MaxValue) | half;
}
