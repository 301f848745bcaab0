using System;

namespace VmcsGen.Kvm;

/// <summary>A range of addresses that an <see cref="AddressBus"/> leads to a device, until it is disposed of.</summary>
public sealed class BusRange : IDisposable
{
    private readonly AddressBus _bus;

    internal BusRange(AddressBus bus, ulong first, ulong last, IBusDevice device)
    {
        _bus = bus;
        First = first;
        Last = last;
        Device = device;
    }

    /// <summary>The first address.</summary>
    public ulong First { get; }

    /// <summary>The last address.</summary>
    public ulong Last { get; }

    /// <summary>The device.</summary>
    public IBusDevice Device { get; }

    /// <summary>
    /// Takes the range off the bus. An access that has begun on another thread may still reach the device.
    /// </summary>
    public void Dispose() => _bus.Remove(this);

    /// <summary>The range and its device.</summary>
    public override string ToString() => $"{_bus.Describe(First, Last)} ({Device})";
}
