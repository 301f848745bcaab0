using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Vmm;

/// <summary>
/// The file of an overlay: a header, a table that says of each cluster where it is, and clusters. Nothing in it is believed. Source:
/// docs/overlay-format.md.
/// </summary>
internal sealed class OverlayFile : IDisposable
{
    /// <summary>The entry of a cluster that is the base's.</summary>
    internal const uint InBase = 0;

    /// <summary>The entry of a cluster of zeros.</summary>
    internal const uint Zeros = 1;

    private const uint FirstCluster = 2;
    private const ulong Magic = 0x594C_5256_4F4D_4D56; // VMMOVRLY
    private const uint Version = 1;
    private const int DefaultClusterBits = 16;
    private const int TableOffset = 4096;
    private const int BlockEntries = 1024; // Of the table, written at a time.
    private const int MostFreed = 1024; // Clusters that wait for a flush.

    private readonly SafeFileHandle _file;
    private readonly uint[] _table;
    private readonly bool[] _isDirty; // Blocks of the table.
    private readonly Stack<uint> _free = [];
    private readonly Stack<uint> _freed = []; // Not before the table without them lasts: the table on disk leads to them.
    private readonly ulong _dataOffset;
    private uint _clusters;
    private bool _hasDirty;

    private OverlayFile(SafeFileHandle file, in OverlayHeader header)
    {
        _file = file;
        ClusterSize = 1 << (int)header.ClusterBits;
        _dataOffset = header.DataOffset;
        _table = new uint[CountOf(header.DiskLength, header.ClusterBits)];
        _isDirty = new bool[(_table.Length + BlockEntries - 1) / BlockEntries];
    }

    internal int ClusterSize { get; }

    internal uint this[int cluster] => _table[cluster];

    /// <summary>Makes an empty overlay in an empty file.</summary>
    /// <exception cref="ArgumentException">The disk is too long.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal static OverlayFile Create(SafeFileHandle file, ulong diskLength)
    {
        OverlayHeader header = new()
        {
            Magic = Magic,
            Version = Version,
            ClusterBits = DefaultClusterBits,
            DiskLength = diskLength,
            TableOffset = TableOffset,
            DataOffset = DataOffsetOf(diskLength, DefaultClusterBits),
        };
        if (IsTooLong(diskLength, DefaultClusterBits))
            throw new ArgumentException($"A disk of {diskLength} bytes is too long for an overlay.", nameof(diskLength));
        header.Checksum = ChecksumOf(header);
        RandomAccess.SetLength(file, (long)header.DataOffset);
        RandomAccess.Write(file, MemoryMarshal.AsBytes(new ReadOnlySpan<OverlayHeader>(in header)), 0);
        RandomAccess.FlushToDisk(file);
        return new(file, header);
    }

    /// <summary>Opens an overlay.</summary>
    /// <exception cref="ImageException">It has a mistake, or belongs to a disk of another length.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static OverlayFile Open(SafeFileHandle file, string name, ulong diskLength)
    {
        var length = (ulong)RandomAccess.GetLength(file);
        OverlayHeader header = default;
        if (length < (uint)Unsafe.SizeOf<OverlayHeader>())
            throw new ImageException(name, 0, $"An overlay begins with {Unsafe.SizeOf<OverlayHeader>()} bytes, and the file has {length}.");
        DiskFile.Read(file, 0, MemoryMarshal.AsBytes(new Span<OverlayHeader>(ref header)));
        Check(name, header, diskLength);
        if (length < header.DataOffset)
            throw new ImageException(name, length, $"The file is cut off: its clusters begin at 0x{header.DataOffset:X}.");
        OverlayFile overlay = new(file, header);
        overlay.ReadTable(name, length);
        return overlay;
    }

    /// <summary>Reads of a cluster that is here.</summary>
    internal void Read(int cluster, int offset, Span<byte> destination) =>
        DiskFile.Read(_file, PlaceOf(_table[cluster]) + (uint)offset, destination);

    /// <summary>Writes into a cluster that is here.</summary>
    internal void Write(int cluster, int offset, ReadOnlySpan<byte> source) =>
        RandomAccess.Write(_file, source, (long)PlaceOf(_table[cluster]) + offset);

    /// <summary>Puts a whole cluster here that was not.</summary>
    internal void Add(int cluster, ReadOnlySpan<byte> content)
    {
        var entry = _free.TryPop(out var free) ? free : FirstCluster + _clusters++;
        try
        {
            RandomAccess.Write(_file, content, (long)PlaceOf(entry));
        }
        catch
        {
            _free.Push(entry); // The disk is full, or broken: the table does not lead there.
            throw;
        }
        Set(cluster, entry);
    }

    /// <summary>Makes a cluster zeros, and gives the room back that it had here.</summary>
    internal void Clear(int cluster)
    {
        var before = _table[cluster];
        if (before == Zeros)
            return;
        Set(cluster, Zeros);
        if (before < FirstCluster)
            return;
        DiskFile.Discard(_file, PlaceOf(before), (uint)ClusterSize);
        _freed.Push(before);
        if (_freed.Count >= MostFreed)
            Flush(); // A guest that never flushes would make the file ever longer.
    }

    /// <summary>Makes clusters last, then the table that leads to them.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    internal void Flush()
    {
        RandomAccess.FlushToDisk(_file);
        if (!_hasDirty)
            return;
        WriteTable();
        RandomAccess.FlushToDisk(_file);
        while (_freed.TryPop(out var entry))
            _free.Push(entry);
    }

    /// <summary>Writes the table, so that all that was written is there unless the host crashes, and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            if (_hasDirty && !_file.IsClosed)
                WriteTable();
        }
        finally
        {
            _file.Dispose();
        }
    }

    private void WriteTable()
    {
        for (var block = 0; block < _isDirty.Length; block++)
        {
            if (!_isDirty[block])
                continue;
            var first = block * BlockEntries;
            var entries = _table.AsSpan(first, Math.Min(BlockEntries, _table.Length - first));
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(entries), TableOffset + (long)first * sizeof(uint));
            _isDirty[block] = false;
        }
        _hasDirty = false;
    }

    private void Set(int cluster, uint entry)
    {
        _table[cluster] = entry;
        _isDirty[cluster / BlockEntries] = true;
        _hasDirty = true;
    }

    private ulong PlaceOf(uint entry) => _dataOffset + (ulong)(entry - FirstCluster) * (uint)ClusterSize;

    private static void Check(string name, in OverlayHeader header, ulong diskLength)
    {
        if (header.Magic != Magic)
            throw new ImageException(name, 0, $"This is no overlay: it begins with 0x{header.Magic:X16}, not with VMMOVRLY.");
        if (header.Version != Version)
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.Version)),
                $"Version {header.Version} of overlays is not known; 1 is."
            );
        if (header.Checksum != ChecksumOf(header))
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.Checksum)),
                "The checksum of the header does not fit: it is damaged."
            );
        if (header.ClusterBits is < 12 or > 21)
        {
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.ClusterBits)),
                $"Clusters have 2^12 to 2^21 bytes, not 2^{header.ClusterBits}."
            );
        }
        if (header.DiskLength != diskLength)
        {
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.DiskLength)),
                $"The overlay belongs to a disk of {header.DiskLength} bytes, and this one has {diskLength}: give the base that it was made "
                    + "for."
            );
        }
        if (IsTooLong(diskLength, header.ClusterBits))
        {
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.ClusterBits)),
                $"A disk of {diskLength} bytes has too many clusters of 2^{header.ClusterBits} bytes."
            );
        }
        if (header.TableOffset != TableOffset || header.DataOffset != DataOffsetOf(diskLength, header.ClusterBits))
        {
            throw new ImageException(
                name,
                OffsetOf(nameof(OverlayHeader.TableOffset)),
                $"The table at 0x{header.TableOffset:X} and the clusters at 0x{header.DataOffset:X} are not where version 1 has them."
            );
        }
    }

    private void ReadTable(string name, ulong length)
    {
        DiskFile.Read(_file, TableOffset, MemoryMarshal.AsBytes(_table.AsSpan()));
        var there = (length - _dataOffset) / (uint)ClusterSize;
        // As many as the disk has, and those that waited for a flush when the monitor or the host crashed.
        if (there > (uint)_table.Length + (ulong)MostFreed)
        {
            throw new ImageException(
                name,
                _dataOffset + (ulong)_table.Length * (uint)ClusterSize,
                $"The file has {there} clusters, and its disk {_table.Length}."
            );
        }
        _clusters = (uint)there;
        BitArray used = new((int)there);
        for (var cluster = 0; cluster < _table.Length; cluster++)
        {
            if (_table[cluster] < FirstCluster)
                continue;
            var place = _table[cluster] - FirstCluster;
            var offset = TableOffset + (ulong)cluster * sizeof(uint);
            if (place >= there)
                throw new ImageException(
                    name,
                    offset,
                    $"Cluster {cluster} is said to be at place {place}, and the file has {there} places."
                );
            if (used[(int)place])
                throw new ImageException(name, offset, $"Cluster {cluster} is said to be at place {place}, where another one is.");
            used[(int)place] = true;
        }
        for (var place = (int)there - 1; place >= 0; place--)
        {
            if (!used[place])
                _free.Push(FirstCluster + (uint)place);
        }
    }

    // Places are numbers of 32 bits, and some are more than the disk has clusters.
    private static bool IsTooLong(ulong diskLength, uint clusterBits) =>
        diskLength >> (int)clusterBits >= int.MaxValue - FirstCluster - MostFreed;

    private static int CountOf(ulong diskLength, uint clusterBits) =>
        (int)((diskLength + (1UL << (int)clusterBits) - 1) >> (int)clusterBits);

    private static ulong DataOffsetOf(ulong diskLength, uint clusterBits)
    {
        var size = 1UL << (int)clusterBits;
        var end = TableOffset + (ulong)CountOf(diskLength, clusterBits) * sizeof(uint);
        return (end + size - 1) & ~(size - 1);
    }

    private static uint ChecksumOf(in OverlayHeader header)
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<OverlayHeader>(in header))[..(int)OffsetOf(nameof(OverlayHeader.Checksum))];
        var sum = uint.MaxValue;
        foreach (var value in bytes)
            sum = BitOperations.Crc32C(sum, value);
        return ~sum;
    }

    private static ulong OffsetOf(string member) => (ulong)Marshal.OffsetOf<OverlayHeader>(member);
}
