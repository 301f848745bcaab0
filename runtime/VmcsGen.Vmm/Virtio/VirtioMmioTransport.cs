using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A virtio device in a page of guest physical addresses. A guest that breaks the rules finds the device in need of a reset, and nothing
/// else happens. Source: VIRTIO 1.2, 4.2.
/// </summary>
public sealed partial class VirtioMmioTransport : IStatefulDevice
{
    /// <summary>Bytes of its registers.</summary>
    public const int Size = 0x200;

    internal const int MostQueues = 4;

    private const uint Magic = 0x7472_6976;
    private const uint Version = 2;
    private const uint Vendor = 0x5647_4356;
    private const ulong Version1 = 1UL << 32; // VIRTIO_F_VERSION_1
    private const ulong IndirectDescriptors = 1UL << 28; // VIRTIO_F_INDIRECT_DESC
    private const uint UsedRing = 1;
    private const uint ConfigurationChange = 2;
    private const int ChainsAtOnce = 256;

    private readonly VirtioDevice _device;
    private readonly IInterruptLine? _line;
    private readonly Virtqueue[] _queues;
    private readonly object _gate = new();

    // Of its own, so that a guest that acknowledges an interrupt does not wait for the request that is being served.
    private readonly Lock _interruptGate = new();
    private VirtioMmioState _state;
    private uint _interruptStatus;
    private Eventfd[]? _doorbells; // What rings for each queue, if a loop serves them.

    /// <summary>Puts a device into a page.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="line">
    /// Its interrupt line: a <see cref="KvmInterruptLine"/> that the guest knows as triggered by its level, or an <see cref="IrqfdLine"/>
    /// that it knows as triggered by its edge. Without one the guest has to poll.
    /// </param>
    /// <exception cref="ArgumentException">The device has no queue or too many.</exception>
    /// <exception cref="InvalidOperationException">The device is in another page already.</exception>
    public VirtioMmioTransport(VirtioDevice device, GuestPhysicalMemory memory, IInterruptLine? line)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(memory);
        if (device.QueueCount is < 1 or > MostQueues)
            throw new ArgumentException($"A device has 1 to {MostQueues} queues, not {device.QueueCount}.", nameof(device));
        _device = device;
        _line = line;
        _queues = new Virtqueue[device.QueueCount];
        for (var i = 0; i < _queues.Length; i++)
            _queues[i] = new Virtqueue(memory, device.QueueSize);
        device.Attach(this);
    }

    /// <summary>What the guest did against the rules, if it did: the device stands still until the guest resets it.</summary>
    public string? Failure { get; private set; }

    internal ulong NegotiatedFeatures => _state.DriverFeatures;

    private ulong Features => _device.Features | Version1 | IndirectDescriptors;

    private VirtioStatus Status => (VirtioStatus)_state.Status;

    private bool IsWorking => (Status & (VirtioStatus.DriverOk | VirtioStatus.NeedsReset)) == VirtioStatus.DriverOk;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset == (uint)VirtioMmioRegister.InterruptStatus && data.Length == 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data, Volatile.Read(ref _interruptStatus));
            return;
        }
        lock (_gate)
        {
            if (offset >= (uint)VirtioMmioRegister.Config)
                _device.ReadConfiguration((uint)offset - (uint)VirtioMmioRegister.Config, data);
            else if (data.Length == 4)
                BinaryPrimitives.WriteUInt32LittleEndian(data, ReadRegister((VirtioMmioRegister)offset));
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.Length != 4 || offset >= (uint)VirtioMmioRegister.Config)
            return; // No device here has a configuration that drivers write.
        var value = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (offset == (uint)VirtioMmioRegister.InterruptAck)
        {
            Acknowledge(value);
            return;
        }
        lock (_gate)
            WriteRegister((VirtioMmioRegister)offset, value);
    }

    /// <summary>
    /// Has the queues served by an event loop instead of the vCPU that rings: each queue's QUEUE_NOTIFY becomes an ioeventfd, and the vCPU
    /// goes on at once. Other registers remain exits.
    /// </summary>
    /// <param name="loop">The loop.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="address">The guest physical address of the registers.</param>
    /// <returns>What ends that when it is disposed of.</returns>
    /// <exception cref="InvalidOperationException">They are served by a loop already.</exception>
    /// <exception cref="IOException">The loop cannot wait for so many.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public VirtioDoorbells ServeOn(EventLoop loop, KvmVm vm, ulong address)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(vm);
        if (_doorbells is not null)
            throw new InvalidOperationException($"An event loop serves the {this} already.");
        VirtioDoorbells doorbells = new(this, _queues.Length, loop, vm, address + (uint)VirtioMmioRegister.QueueNotify);
        lock (_gate)
            _doorbells = doorbells.Eventfds;
        return doorbells;
    }

    /// <summary>
    /// Serves a queue for something that came from outside, such as input: what the driver has offered there earlier.
    /// </summary>
    /// <param name="index">Which queue.</param>
    public void ServeQueue(int index)
    {
        lock (_gate)
        {
            if (IsWorking)
                Notify(index);
            else
                _device.NoteNoDriver(index);
        }
    }

    /// <summary>Tells the guest that the configuration has changed.</summary>
    public void NoteConfigurationChange()
    {
        lock (_gate)
        {
            _state.Generation++;
            if (IsWorking)
                Raise(ConfigurationChange); // A driver that begins reads it anyway.
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
        {
            var state = _state;
            state.InterruptStatus = Volatile.Read(ref _interruptStatus);
            for (var i = 0; i < _queues.Length; i++)
                state.Queues[i] = _queues[i].State;
            return [.. DeviceState.ToBytes(state), .. _device.SaveState()];
        }
    }

    /// <summary>Restores the state; the guest's memory must have been restored before.</summary>
    /// <param name="state">What <see cref="SaveState"/> gave.</param>
    /// <exception cref="ArgumentException">It is no such state, or of a device with other queues.</exception>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var length = Math.Min(state.Length, Unsafe.SizeOf<VirtioMmioState>());
        var restored = DeviceState.FromBytes<VirtioMmioState>(state[..length]);
        lock (_gate)
        {
            _device.RestoreState(state[length..]);
            try
            {
                for (var i = 0; i < _queues.Length; i++)
                    _queues[i].Restore(restored.Queues[i]);
            }
            catch (VirtqueueException e)
            {
                foreach (var queue in _queues)
                    queue.Reset();
                throw new ArgumentException($"The state of a queue makes no sense. {e.Message}", nameof(state), e);
            }
            _state = restored;
            // What the guest has not acknowledged is told once more, and what it has offered meanwhile is looked at: a snapshot keeps
            // neither the interrupt that was on its way nor the ring.
            Acknowledge(uint.MaxValue);
            if (restored.InterruptStatus != 0)
                Raise(restored.InterruptStatus);
            if (_device.MayDifferAfterRestore)
                NoteConfigurationChange();
            for (var i = 0; i < _queues.Length; i++)
            {
                if (_doorbells is { } doorbells)
                    doorbells[i].Signal();
                else
                    Notify(i);
            }
        }
    }

    internal void NoteEnd(VirtioDoorbells doorbells)
    {
        lock (_gate)
        {
            if (_doorbells == doorbells.Eventfds)
                _doorbells = null;
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => $"virtio {_device}";

    private void Notify(int index)
    {
        if (!IsWorking)
            return;
        var queue = _queues[index];
        // A loop serves other devices too, and comes back to a guest that offers without end.
        queue.BeginServing(_doorbells is null ? int.MaxValue : ChainsAtOnce);
        try
        {
            if (_device.Serve(index, queue) && queue.WantsInterrupt())
                Raise(UsedRing);
            if (queue.WasCutShort)
                _doorbells?[index].Signal();
        }
        catch (VirtqueueException e)
        {
            Fail(e);
        }
        catch (GuestMemoryException e)
        {
            Fail(e); // A slot was unmapped after it was looked at.
        }
    }

    private void Fail(Exception e)
    {
        Failure = e.Message;
        _state.Status |= (uint)VirtioStatus.NeedsReset;
        if ((Status & VirtioStatus.DriverOk) != 0)
            Raise(ConfigurationChange);
    }

    private void Raise(uint reason)
    {
        lock (_interruptGate)
        {
            var isNew = _interruptStatus == 0;
            _interruptStatus |= reason;
            if (isNew || _line is { IsEdgeTriggered: true })
                _line?.SetLevel(true);
        }
    }

    private void Acknowledge(uint reasons)
    {
        lock (_interruptGate)
        {
            if (_interruptStatus == 0)
                return;
            _interruptStatus &= ~reasons;
            if (_interruptStatus == 0)
                _line?.SetLevel(false);
        }
    }
}
