using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A virtio device in a page of guest physical addresses. A guest that breaks the rules finds the device in need of a reset, and nothing
/// else happens. Source: VIRTIO 1.2, 4.2.
/// </summary>
public sealed class VirtioMmioTransport : IStatefulDevice
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

    private readonly VirtioDevice _device;
    private readonly IInterruptLine? _line;
    private readonly Virtqueue[] _queues;
    private readonly object _gate = new();
    private VirtioMmioState _state;
    private bool _isRaised;

    /// <summary>Puts a device into a page.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="line">Its interrupt line, triggered by level.</param>
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

    private ulong Features => _device.Features | Version1 | IndirectDescriptors;

    private VirtioStatus Status => (VirtioStatus)_state.Status;

    private bool IsWorking => (Status & (VirtioStatus.DriverOk | VirtioStatus.NeedsReset)) == VirtioStatus.DriverOk;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
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
        lock (_gate)
        {
            WriteRegister((VirtioMmioRegister)offset, BinaryPrimitives.ReadUInt32LittleEndian(data));
            UpdateLine();
        }
    }

    /// <summary>
    /// Serves a queue for something that came from outside, such as input: what the driver has offered there earlier.
    /// </summary>
    /// <param name="index">Which queue.</param>
    public void ServeQueue(int index)
    {
        lock (_gate)
        {
            Notify(index);
            UpdateLine();
        }
    }

    /// <summary>Tells the guest that the configuration has changed.</summary>
    public void NoteConfigurationChange()
    {
        lock (_gate)
        {
            _state.Generation++;
            _state.InterruptStatus |= ConfigurationChange;
            UpdateLine();
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
        {
            var state = _state;
            for (var i = 0; i < _queues.Length; i++)
                state.Queues[i] = _queues[i].State;
            return DeviceState.ToBytes(state);
        }
    }

    /// <summary>Restores the state; the guest's memory must have been restored before.</summary>
    /// <param name="state">What <see cref="SaveState"/> gave.</param>
    /// <exception cref="ArgumentException">It is no such state, or of a device with other queues.</exception>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var restored = DeviceState.FromBytes<VirtioMmioState>(state);
        lock (_gate)
        {
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
            UpdateLine();
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => $"virtio {_device}";

    private uint ReadRegister(VirtioMmioRegister register) =>
        register switch
        {
            VirtioMmioRegister.MagicValue => Magic,
            VirtioMmioRegister.Version => Version,
            VirtioMmioRegister.DeviceId => _device.DeviceId,
            VirtioMmioRegister.VendorId => Vendor,
            VirtioMmioRegister.DeviceFeatures => _state.DeviceFeaturesSelector < 2
                ? (uint)(Features >> (32 * (int)_state.DeviceFeaturesSelector))
                : 0,
            VirtioMmioRegister.QueueNumMax => Queue is null ? 0u : _device.QueueSize,
            VirtioMmioRegister.QueueReady => Queue is { IsReady: true } ? 1u : 0,
            VirtioMmioRegister.InterruptStatus => _state.InterruptStatus,
            VirtioMmioRegister.Status => _state.Status,
            VirtioMmioRegister.ConfigGeneration => _state.Generation,
            _ => 0,
        };

    private Virtqueue? Queue => _state.QueueSelector < _queues.Length ? _queues[_state.QueueSelector] : null;

    private void WriteRegister(VirtioMmioRegister register, uint value)
    {
        switch (register)
        {
            case VirtioMmioRegister.DeviceFeaturesSel:
                _state.DeviceFeaturesSelector = value;
                break;
            case VirtioMmioRegister.DriverFeaturesSel:
                _state.DriverFeaturesSelector = value;
                break;
            case VirtioMmioRegister.DriverFeatures when _state.DriverFeaturesSelector < 2:
                var shift = 32 * (int)_state.DriverFeaturesSelector;
                _state.DriverFeatures = (_state.DriverFeatures & ~((ulong)uint.MaxValue << shift)) | (ulong)value << shift;
                break;
            case VirtioMmioRegister.QueueSel:
                _state.QueueSelector = value;
                break;
            case VirtioMmioRegister.QueueNum:
                Queue?.SetSize(value);
                break;
            case VirtioMmioRegister.QueueReady when value == 0:
                Queue?.Disable();
                break;
            case VirtioMmioRegister.QueueReady:
                Guard(() => Queue?.Enable());
                break;
            case >= VirtioMmioRegister.QueueDescLow and <= VirtioMmioRegister.QueueUsedHigh:
                Queue?.SetAddress(register, value);
                break;
            case VirtioMmioRegister.QueueNotify when value < _queues.Length:
                Notify((int)value);
                break;
            case VirtioMmioRegister.InterruptAck:
                _state.InterruptStatus &= ~value;
                break;
            case VirtioMmioRegister.Status when value == 0:
                Reset();
                break;
            case VirtioMmioRegister.Status:
                // What the driver takes must be offered, and the new layout must be among it.
                if ((_state.DriverFeatures & ~Features) != 0 || (_state.DriverFeatures & Version1) == 0)
                    value &= ~(uint)VirtioStatus.FeaturesOk;
                _state.Status = value | (_state.Status & (uint)VirtioStatus.NeedsReset);
                break;
        }
    }

    private void Notify(int index)
    {
        if (!IsWorking)
            return;
        try
        {
            if (_device.Serve(index, _queues[index]) && _queues[index].WantsInterrupt())
                _state.InterruptStatus |= UsedRing;
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

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (VirtqueueException e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        Failure = e.Message;
        _state.Status |= (uint)VirtioStatus.NeedsReset;
        if ((Status & VirtioStatus.DriverOk) != 0)
            _state.InterruptStatus |= ConfigurationChange;
    }

    private void Reset()
    {
        _state = new VirtioMmioState { Generation = _state.Generation };
        Failure = null;
        foreach (var queue in _queues)
            queue.Reset();
        _device.Reset();
    }

    private void UpdateLine()
    {
        var isRaised = _state.InterruptStatus != 0;
        if (isRaised == _isRaised)
            return;
        _isRaised = isRaised;
        _line?.SetLevel(isRaised);
    }
}
