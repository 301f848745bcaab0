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
/// Ranges may overlap if their priorities differ or the sizes of accesses that they take do: as on every PC ports 0xCF8 to 0xCFB take
/// accesses of 4 bytes, and port 0xCF9 among them those of 1 byte.
/// </remarks>
/// <param name="space">The kind of address.</param>
public sealed class AddressBus(BusAddressSpace space)
{
    private const int LongestAccess = 8;

    private readonly Lock _gate = new();

    // Both are replaced as a whole under the lock, so that readers need none. Sizes that all ranges take share their segments.
    private volatile BusRange[] _ranges = [];
    private volatile BusSegments[] _segments = Same(BusSegments.Empty);
    private volatile IBusDevice _defaultDevice = DelegateDevice.None;

    /// <summary>The kind of address.</summary>
    public BusAddressSpace Space { get; } =
        space is BusAddressSpace.Ports or BusAddressSpace.Mmio
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

    /// <summary>The ranges as they are now, by their first addresses.</summary>
    public ReadOnlySpan<BusRange> Ranges => _ranges;

    private ulong LastAddress => Space == BusAddressSpace.Ports ? ushort.MaxValue : ulong.MaxValue;

    /// <summary>Puts a device behind a range of addresses.</summary>
    /// <param name="first">The first address.</param>
    /// <param name="length">Number of addresses.</param>
    /// <param name="device">The device; its <see cref="object.ToString"/> names it in messages.</param>
    /// <param name="priority">Where ranges overlap, the one of the highest priority gets the access.</param>
    /// <param name="sizes">The sizes of accesses that it takes; for others it is not there.</param>
    /// <returns>The range; dispose of it to take it off the bus.</returns>
    /// <exception cref="ArgumentException">
    /// The range overlaps another of the same priority that takes accesses of the same size, or takes no accesses.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond the last address.</exception>
    public BusRange Add(ulong first, ulong length, IBusDevice device, int priority = 0, BusAccessSizes sizes = BusAccessSizes.All)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(length);
        if (first > LastAddress || length - 1 > LastAddress - first)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length),
                length,
                $"0x{length:X} addresses from 0x{first:X} on go beyond the last, 0x{LastAddress:X}."
            );
        }
        if ((sizes & BusAccessSizes.All) == 0 || (sizes & ~BusAccessSizes.All) != 0)
            throw new ArgumentException($"A range takes accesses of some size, and 0x{(int)sizes:X} names none or others.", nameof(sizes));
        var range = new BusRange(this, first, first + (length - 1), device, priority, sizes);
        lock (_gate)
        {
            BusRange[] overlapped = Array.FindAll(_ranges, range.Overlaps);
            if (Array.Find(overlapped, other => other.Priority == priority) is { } other)
                throw Overlap(range, other);
            int index = Array.FindIndex(_ranges, other => other.First > first);
            if (index < 0)
                index = _ranges.Length;
            BusRange[] ranges = [.. _ranges[..index], range, .. _ranges[index..]];
            _segments =
                overlapped.Length == 0 && sizes == BusAccessSizes.All && IsUniform ? Same(_segments[0].With(range)) : SegmentsOf(ranges);
            _ranges = ranges;
        }
        return range;
    }

    /// <summary>Puts delegates behind a range of addresses.</summary>
    /// <param name="first">The first address.</param>
    /// <param name="length">Number of addresses.</param>
    /// <param name="read">Answers reads; null to answer with ones.</param>
    /// <param name="write">Takes writes; null to ignore them.</param>
    /// <param name="priority">Where ranges overlap, the one of the highest priority gets the access.</param>
    /// <param name="sizes">The sizes of accesses that it takes; for others it is not there.</param>
    /// <returns>The range; dispose of it to take it off the bus.</returns>
    /// <exception cref="ArgumentException">As for a device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond the last address.</exception>
    public BusRange Add(
        ulong first,
        ulong length,
        BusRead? read,
        BusWrite? write,
        int priority = 0,
        BusAccessSizes sizes = BusAccessSizes.All
    ) => Add(first, length, new DelegateDevice(read, write), priority, sizes);

    /// <summary>The range that gets an access, or null for <see cref="DefaultDevice"/>.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">Size of the access in bytes, 1 to 8.</param>
    public BusRange? Find(ulong address, int length = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return SegmentsFor(length).Find(address, out _);
    }

    /// <summary>Reads as the guest does.</summary>
    /// <param name="address">The address.</param>
    /// <param name="data">What is read.</param>
    public void Read(ulong address, Span<byte> data)
    {
        data.Clear();
        BusSegments segments = SegmentsFor(data.Length);
        while (!data.IsEmpty)
        {
            int length = Part(segments, address, data.Length, out IBusDevice device, out ulong offset);
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
        BusSegments segments = SegmentsFor(data.Length);
        while (!data.IsEmpty)
        {
            int length = Part(segments, address, data.Length, out IBusDevice device, out ulong offset);
            device.Write(offset, data[..length]);
            data = data[length..];
            address += (uint)length;
        }
    }

    internal void Remove(BusRange range)
    {
        lock (_gate)
        {
            BusRange[] ranges = Array.FindAll(_ranges, other => other != range);
            _segments = SegmentsOf(ranges);
            _ranges = ranges;
        }
    }

    internal string Describe(ulong first, ulong last)
    {
        string kind = Space == BusAddressSpace.Ports ? "port" : "guest physical";
        return first == last ? $"{kind} 0x{first:X}" : $"{kind} 0x{first:X} to 0x{last:X}";
    }

    /// <summary>How many bytes of an access go to the device at its address.</summary>
    private int Part(BusSegments segments, ulong address, int length, out IBusDevice device, out ulong offset)
    {
        if (segments.Find(address, out ulong last) is { } range)
        {
            device = range.Device;
            offset = address - range.First;
        }
        else
        {
            device = _defaultDevice;
            offset = address;
            if (last == ulong.MaxValue)
                return length; // Nothing follows, even if the access goes beyond the last address.
        }
        return (int)Math.Min((ulong)length - 1, last - address) + 1;
    }

    // An access counts by its size as a whole, also in the parts that it is taken apart into. A guest makes no longer ones.
    private BusSegments SegmentsFor(int length) => _segments[Math.Min(length, LongestAccess)];

    private bool IsUniform => Array.TrueForAll(_segments, segments => segments == _segments[0]);

    private static BusSegments[] SegmentsOf(BusRange[] ranges)
    {
        if (Array.TrueForAll(ranges, static range => range.Sizes == BusAccessSizes.All))
            return Same(BusSegments.Of(ranges));
        var bySize = new BusSegments[LongestAccess + 1];
        bySize[3] = Of(BusAccessSizes.Odd);
        bySize[0] = bySize[5] = bySize[6] = bySize[7] = bySize[3];
        bySize[1] = Of(BusAccessSizes.Byte);
        bySize[2] = Of(BusAccessSizes.Word);
        bySize[4] = Of(BusAccessSizes.Dword);
        bySize[8] = Of(BusAccessSizes.Qword);
        return bySize;

        BusSegments Of(BusAccessSizes size) => BusSegments.Of(Array.FindAll(ranges, range => (range.Sizes & size) != 0));
    }

    private static BusSegments[] Same(BusSegments segments)
    {
        var bySize = new BusSegments[LongestAccess + 1];
        Array.Fill(bySize, segments);
        return bySize;
    }

    private static ArgumentException Overlap(BusRange added, BusRange other) =>
        new(
            $"{added} overlaps {other}, which is on the bus already. Dispose of that range first, use other addresses, or give one of them a "
                + "higher priority."
        );
}
