using System;

namespace VmcsGen.Kvm;

/// <summary>A range of addresses that an <see cref="AddressBus"/> leads to a device, until it is disposed of.</summary>
public sealed class BusRange : IDisposable
{
    private readonly AddressBus _bus;

    internal BusRange(AddressBus bus, ulong first, ulong last, IBusDevice device, int priority, BusAccessSizes sizes)
    {
        _bus = bus;
        First = first;
        Last = last;
        Device = device;
        Priority = priority;
        Sizes = sizes;
    }

    /// <summary>The first address.</summary>
    public ulong First { get; }

    /// <summary>The last address.</summary>
    public ulong Last { get; }

    /// <summary>The device.</summary>
    public IBusDevice Device { get; }

    /// <summary>Where ranges overlap, the one of the highest priority gets the access.</summary>
    public int Priority { get; }

    /// <summary>The sizes of accesses that it takes; for others it is not there.</summary>
    public BusAccessSizes Sizes { get; }

    /// <summary>
    /// Takes the range off the bus. An access that has begun on another thread may still reach the device.
    /// </summary>
    public void Dispose() => _bus.Remove(this);

    /// <summary>The range and its device.</summary>
    public override string ToString() => $"{_bus.Describe(First, Last)} ({Device})";

    /// <summary>Whether there are accesses that both could get.</summary>
    internal bool Overlaps(BusRange other) => First <= other.Last && other.First <= Last && (Sizes & other.Sizes) != 0;
}
