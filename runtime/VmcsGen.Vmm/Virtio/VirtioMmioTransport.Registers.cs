using System;

namespace VmcsGen.Vmm;

/// <summary>The registers. Source: VIRTIO 1.2, 4.2.2.</summary>
public sealed partial class VirtioMmioTransport
{
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

    private void Reset()
    {
        _state = new VirtioMmioState { Generation = _state.Generation };
        Acknowledge(uint.MaxValue);
        Failure = null;
        foreach (var queue in _queues)
            queue.Reset();
        _device.Reset();
    }
}
