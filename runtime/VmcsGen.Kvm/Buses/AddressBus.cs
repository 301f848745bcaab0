using System;
using System.Threading;

namespace VmcsGen.Kvm;

/// <summary>
/// Leads accesses of a guest to the devices behind its ports or its guest physical addresses. Ranges may be added and removed
/// while vCPUs run; an access takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// A device sees only what lies in its range: an access that goes beyond the end is taken apart, and the part outside goes to
/// whatever is there. Bytes for which there is no range go to <see cref="DefaultDevice"/>.
/// </remarks>
/// <param name="space">The kind of address.</param>
public sealed class AddressBus(BusAddressSpace space)
{
    private readonly Lock _gate = new();

    // Replaced as a whole under the lock, so that readers need none.
    private volatile Table _table = new([]);
    private volatile IBusDevice _defaultDevice = DelegateDevice.None;

    /// <summary>The kind of address.</summary>
    public BusAddressSpace Space { get; } = space is BusAddressSpace.Ports or BusAddressSpace.Mmio
        ? space
        : throw new ArgumentOutOfRangeException(nameof(space), space, "There is no such kind of address.");

    /// <summary>
    /// What gets the accesses to addresses without a range, with the address itself as offset. At first it does what a PC does:
    /// reads give ones, writes go nowhere. Set it to have such accesses reported.
    /// </summary>
    public IBusDevice DefaultDevice
    {
        get => _defaultDevice;
        set => _defaultDevice = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The ranges as they are now, by address.</summary>
    public ReadOnlySpan<BusRange> Ranges => _table.Ranges;

    private ulong LastAddress => Space == BusAddressSpace.Ports ? ushort.MaxValue : ulong.MaxValue;

    /// <summary>Puts a device behind a range of addresses.</summary>
    /// <param name="first">The first address.</param>
    /// <param name="length">Number of addresses.</param>
    /// <param name="device">The device; its <see cref="object.ToString"/> names it in messages.</param>
    /// <returns>The range; dispose of it to take it off the bus.</returns>
    /// <exception cref="ArgumentException">The range overlaps another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond the last address.</exception>
    public BusRange Add(ulong first, ulong length, IBusDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(length);
        if (first > LastAddress || length - 1 > LastAddress - first)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), length, $"0x{length:X} addresses from 0x{first:X} on go beyond the last, 0x{LastAddress:X}.");
        }
        var range = new BusRange(this, first, first + (length - 1), device);
        lock (_gate)
        {
            Table table = _table;
            int index = table.IndexAfter(first);
            if (index > 0 && table.Ranges[index - 1].Last >= first)
                throw Overlap(range, table.Ranges[index - 1]);
            if (index < table.Ranges.Length && table.Ranges[index].First <= range.Last)
                throw Overlap(range, table.Ranges[index]);
            _table = new Table([.. table.Ranges[..index], range, .. table.Ranges[index..]]);
        }
        return range;
    }

    /// <summary>Puts delegates behind a range of addresses.</summary>
    /// <param name="first">The first address.</param>
    /// <param name="length">Number of addresses.</param>
    /// <param name="read">Answers reads; null to answer with ones.</param>
    /// <param name="write">Takes writes; null to ignore them.</param>
    /// <returns>The range; dispose of it to take it off the bus.</returns>
    /// <exception cref="ArgumentException">The range overlaps another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond the last address.</exception>
    public BusRange Add(ulong first, ulong length, BusRead? read, BusWrite? write) =>
        Add(first, length, new DelegateDevice(read, write));

    /// <summary>The range that an address lies in, or null.</summary>
    /// <param name="address">The address.</param>
    public BusRange? Find(ulong address)
    {
        Table table = _table;
        int index = table.IndexAfter(address) - 1;
        return index >= 0 && table.Ranges[index].Last >= address ? table.Ranges[index] : null;
    }

    /// <summary>Reads as the guest does.</summary>
    /// <param name="address">The address.</param>
    /// <param name="data">What is read.</param>
    public void Read(ulong address, Span<byte> data)
    {
        data.Clear();
        Table table = _table;
        while (!data.IsEmpty)
        {
            int length = Part(table, address, data.Length, out IBusDevice device, out ulong offset);
            device.Read(offset, data[..length]);
            data = data[length..];
            address += (uint)length;
        }
    }

    /// <summary>Writes as the guest does.</summary>
    /// <param name="address">The address.</param>
    /// <param name="data">What is written.</param>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        Table table = _table;
        while (!data.IsEmpty)
        {
            int length = Part(table, address, data.Length, out IBusDevice device, out ulong offset);
            device.Write(offset, data[..length]);
            data = data[length..];
            address += (uint)length;
        }
    }

    internal void Remove(BusRange range)
    {
        lock (_gate)
            _table = new Table(Array.FindAll(_table.Ranges, other => other != range));
    }

    internal string Describe(ulong first, ulong last)
    {
        string kind = Space == BusAddressSpace.Ports ? "port" : "guest physical";
        return first == last ? $"{kind} 0x{first:X}" : $"{kind} 0x{first:X} to 0x{last:X}";
    }

    /// <summary>How many bytes of an access go to the device at its address.</summary>
    private int Part(Table table, ulong address, int length, out IBusDevice device, out ulong offset)
    {
        int index = table.IndexAfter(address);
        if (index > 0 && table.Ranges[index - 1] is { } range && range.Last >= address)
        {
            device = range.Device;
            offset = address - range.First;
            return (int)Math.Min((ulong)length - 1, range.Last - address) + 1;
        }
        device = _defaultDevice;
        offset = address;
        return index < table.Ranges.Length ? (int)Math.Min((ulong)length, table.Firsts[index] - address) : length;
    }

    private static ArgumentException Overlap(BusRange added, BusRange other) =>
        new($"{added} overlaps {other}, which is on the bus already. Dispose of that range first, or use other addresses.");

    /// <summary>Ranges by address, with their first addresses side by side for the search.</summary>
    private sealed class Table(BusRange[] ranges)
    {
        internal readonly BusRange[] Ranges = ranges;
        internal readonly ulong[] Firsts = Array.ConvertAll(ranges, static range => range.First);

        /// <summary>Index of the first range that begins after an address.</summary>
        internal int IndexAfter(ulong address)
        {
            int index = Firsts.AsSpan().BinarySearch(address);
            return index >= 0 ? index + 1 : ~index;
        }
    }
}
