using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Kvm;

/// <summary>
/// What KVM counts about a VM or a vCPU, as the kernel itself describes it: the descriptions are read once, the values as often
/// as wanted, all at once and without allocation. It may outlive the VM or vCPU, and keeps the kernel's side of it. Any thread
/// may read. Source: Documentation/virt/kvm/api.rst 4.133.
/// </summary>
[MustDispose]
public sealed class KvmStatistics : IDisposable
{
    private const int ValueSize = sizeof(ulong);

    // Names take 48 bytes in every kernel so far. The bound keeps a file that is no statistics from asking for gigabytes.
    private const int MaxNameSize = 4096;

    private readonly SafeFileHandle _file;
    private readonly KvmStatistic[] _items;
    private readonly uint _dataOffset;

    private KvmStatistics(SafeFileHandle file)
    {
        _file = file;
        KvmStatsHeader header = ReadStruct<KvmStatsHeader>(0, "header");
        Check(header);
        _dataOffset = header.DataOffset;
        byte[] name = new byte[header.NameSize];
        Id = ReadText(header.IdOffset, name, "id");

        // Descriptor by descriptor: a count that is too large meets the end of the file instead of the end of memory.
        long step = Unsafe.SizeOf<KvmStatsDesc>() + name.Length;
        List<KvmStatistic> items = [];
        for (long i = 0; i < header.NumDesc; i++)
        {
            long place = header.DescOffset + i * step;
            string what = $"descriptor {i} of {header.NumDesc}";
            KvmStatsDesc descriptor = ReadStruct<KvmStatsDesc>(place, what);
            items.Add(Describe(descriptor, ReadText(place + Unsafe.SizeOf<KvmStatsDesc>(), name, $"name of {what}"), what));
        }
        _items = [.. items];
        foreach (KvmStatistic item in _items)
            ValueCount = Math.Max(ValueCount, item.Index + item.Count);
    }

    /// <summary>The kernel's name of the VM or vCPU, such as <c>kvm-4711/vcpu-0</c>; the number is the process that made it.</summary>
    public string Id { get; }

    /// <summary>The statistics in the kernel's order.</summary>
    public IReadOnlyList<KvmStatistic> Items => _items;

    /// <summary>How many values <see cref="Read(Span{ulong})"/> gives: one for each plain statistic, one for each bucket of a histogram.</summary>
    public int ValueCount { get; }

    /// <summary>A statistic by the kernel's name, such as <c>exits</c>.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="KeyNotFoundException">This kernel has no such statistic here.</exception>
    public KvmStatistic this[string name] =>
        TryFind(name, out KvmStatistic? item)
            ? item
            : throw new KeyNotFoundException(
                $"{Id} has no statistic '{name}'. Which there are depends on the kernel: see {nameof(Items)}."
            );

    /// <summary>Describes what a statistics descriptor offers.</summary>
    /// <param name="file">
    /// A descriptor from KVM_GET_STATS_FD, perhaps of another process; owned by the new object, and closed if this fails.
    /// </param>
    /// <exception cref="InvalidDataException">What the descriptor says about itself is not possible; the message says what.</exception>
    /// <exception cref="IOException">The descriptor cannot be read.</exception>
    public static KvmStatistics Open(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return new KvmStatistics(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds a statistic by the kernel's name.</summary>
    /// <param name="name">The name, such as <c>halt_exits</c>.</param>
    /// <param name="item">The statistic, if the result is true.</param>
    public bool TryFind(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out KvmStatistic? item)
    {
        item = Array.Find(_items, item => item.Name == name);
        return item is not null;
    }

    /// <summary>
    /// Reads all values as they are now, without allocation. The kernel goes on counting meanwhile: values of one call may be
    /// some events apart.
    /// </summary>
    /// <param name="values">
    /// Receives <see cref="ValueCount"/> values; <see cref="KvmStatistic.ValueIn"/> and <see cref="KvmStatistic.ValuesIn"/> find
    /// those of one statistic.
    /// </param>
    /// <exception cref="ArgumentException">There is room for fewer.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed of.</exception>
    public void Read(Span<ulong> values)
    {
        if (values.Length < ValueCount)
            throw new ArgumentException($"{Id} has {ValueCount} values, and there is room for {values.Length}.", nameof(values));
        ReadBytes(_dataOffset, MemoryMarshal.AsBytes(values[..ValueCount]), "values");
    }

    /// <summary>Reads the value of one plain statistic, or the first bucket of a histogram.</summary>
    /// <param name="item">One of <see cref="Items"/>.</param>
    public ulong Read(KvmStatistic item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return ReadStruct<ulong>(_dataOffset + (long)item.Index * ValueSize, item.Name);
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => _file.Dispose();

    private static void Check(KvmStatsHeader header)
    {
        int least = Unsafe.SizeOf<KvmStatsHeader>();
        if (header.NameSize is 0 or > MaxNameSize)
            throw Malformed($"its header gives names {header.NameSize} bytes, and 1 to {MaxNameSize} are possible");
        foreach (
            (string what, uint offset) in new[]
            {
                ("id", header.IdOffset),
                ("descriptors", header.DescOffset),
                ("values", header.DataOffset),
            }
        )
        {
            if (offset < least)
                throw Malformed($"its header puts the {what} at offset {offset}, which is within the header of {least} bytes");
        }
    }

    private KvmStatistic Describe(KvmStatsDesc descriptor, string name, string what)
    {
        if (name.Length == 0)
            throw Malformed($"{what} has no name");
        if (descriptor.Size == 0 || descriptor.Offset % ValueSize != 0)
            throw Malformed(
                $"{what}, '{name}', has {descriptor.Size} values at offset {descriptor.Offset}; at least 1 at a multiple of 8 is possible"
            );
        var item = new KvmStatistic(name, descriptor);
        if (item.Type == KvmStatsType.LinearHist && item.BucketSize == 0)
            throw Malformed($"{what}, '{name}', is a linear histogram with buckets of width 0");
        ReadStruct<ulong>(_dataOffset + ((long)item.Index + item.Count - 1) * ValueSize, $"last value of {what}, '{name}',");
        return item;
    }

    private string ReadText(long offset, byte[] buffer, string what)
    {
        ReadBytes(offset, buffer, what);
        int end = Array.IndexOf(buffer, (byte)0);
        return Encoding.ASCII.GetString(buffer, 0, end < 0 ? buffer.Length : end);
    }

    private T ReadStruct<T>(long offset, string what)
        where T : unmanaged
    {
        Unsafe.SkipInit(out T value); // ReadBytes fills all of it or throws.
        ReadBytes(offset, MemoryMarshal.AsBytes(new Span<T>(ref value)), what);
        return value;
    }

    private void ReadBytes(long offset, Span<byte> destination, string what)
    {
        while (!destination.IsEmpty)
        {
            int length = RandomAccess.Read(_file, destination, offset);
            if (length == 0)
                throw Malformed($"the {what} would go on at offset {offset}, where the file ends");
            offset += length;
            destination = destination[length..];
        }
    }

    private static InvalidDataException Malformed(string what) =>
        new($"This is no statistics file of KVM: {what}. Give a descriptor that KVM_GET_STATS_FD returned.");
}
