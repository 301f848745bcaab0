using System;
using System.IO;

namespace VmcsGen.Vmm;

/// <summary>
/// A disk that begins as another one, its base, and keeps what is written in a file or in memory. The base is only read, so that many may
/// share it. Source: docs/overlay-format.md.
/// </summary>
/// <remarks>
/// After a crash of the monitor or of the host the overlay is whole, and has what was written before the last <see cref="Flush"/>; what was
/// written later may be there or not, as with the cache of a disk.
/// </remarks>
public sealed class OverlayDisk : DiskBacking
{
    private readonly DiskBacking _base;
    private readonly OverlayFile _overlay;
    private readonly byte[] _cluster;

    private OverlayDisk(DiskBacking basis, OverlayFile overlay)
    {
        _base = basis;
        _overlay = overlay;
        _cluster = new byte[overlay.ClusterSize];
    }

    /// <summary>The base's name.</summary>
    public override string Name => _base.Name;

    /// <inheritdoc/>
    public override ulong Length => _base.Length;

    /// <summary>False: what is written goes into the overlay.</summary>
    public override bool IsReadOnly => false;

    /// <summary>Opens an overlay, or makes an empty one if there is no such file or it is empty.</summary>
    /// <param name="basis">The base, which belongs to the new disk: it is disposed of with it.</param>
    /// <param name="path">The overlay's file. It need not be trusted.</param>
    /// <exception cref="ImageException">The file is no overlay of such a disk, or damaged; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be opened, or another program has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="ArgumentException">The base is too long: 128 TiB and more.</exception>
    public static OverlayDisk Open(DiskBacking basis, string path)
    {
        ArgumentNullException.ThrowIfNull(basis);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            return new(
                basis,
                RandomAccess.GetLength(file) == 0 ? OverlayFile.Create(file, basis.Length) : OverlayFile.Open(file, path, basis.Length)
            );
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes an overlay in memory, which is gone when the disk is disposed of.</summary>
    /// <param name="basis">The base, which belongs to the new disk: it is disposed of with it.</param>
    /// <exception cref="IOException">The process or the system has too many open files.</exception>
    /// <exception cref="ArgumentException">The base is too long: 128 TiB and more.</exception>
    public static OverlayDisk InMemory(DiskBacking basis)
    {
        ArgumentNullException.ThrowIfNull(basis);
        var file = DiskFile.CreateInMemory();
        try
        {
            return new(basis, OverlayFile.Create(file, basis.Length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Read(ulong offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (cluster, start, count) = PartOf(offset, (ulong)destination.Length);
            ReadPart(cluster, start, destination[..count]);
            destination = destination[count..];
            offset += (uint)count;
        }
    }

    /// <inheritdoc/>
    public override void Write(ulong offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var (cluster, start, count) = PartOf(offset, (ulong)source.Length);
            WritePart(cluster, start, source[..count]);
            source = source[count..];
            offset += (uint)count;
        }
    }

    /// <inheritdoc/>
    public override void Flush() => _overlay.Flush();

    /// <inheritdoc/>
    public override void WriteZeroes(ulong offset, ulong length, bool mayUnmap)
    {
        while (length > 0)
        {
            var (cluster, start, count) = PartOf(offset, length);
            if (IsWhole(cluster, start, count) && (mayUnmap || _overlay[cluster] is OverlayFile.InBase))
                _overlay.Clear(cluster);
            else if (_overlay[cluster] is not OverlayFile.Zeros)
                ClearPart(cluster, start, count);
            length -= (uint)count;
            offset += (uint)count;
        }
    }

    /// <summary>Gives the room of whole clusters back, which become 0.</summary>
    /// <inheritdoc/>
    public override void Discard(ulong offset, ulong length)
    {
        while (length > 0)
        {
            var (cluster, start, count) = PartOf(offset, length);
            if (IsWhole(cluster, start, count))
                _overlay.Clear(cluster);
            length -= (uint)count;
            offset += (uint)count;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        try
        {
            _overlay.Dispose();
        }
        finally
        {
            _base.Dispose();
        }
    }

    private void ReadPart(int cluster, int start, Span<byte> destination)
    {
        switch (_overlay[cluster])
        {
            case OverlayFile.InBase:
                _base.Read(AddressOf(cluster) + (uint)start, destination);
                break;
            case OverlayFile.Zeros:
                destination.Clear();
                break;
            default:
                _overlay.Read(cluster, start, destination);
                break;
        }
    }

    private void WritePart(int cluster, int start, ReadOnlySpan<byte> source)
    {
        if (_overlay[cluster] is not (OverlayFile.InBase or OverlayFile.Zeros))
        {
            _overlay.Write(cluster, start, source);
            return;
        }
        if (source.Length == _cluster.Length)
        {
            _overlay.Add(cluster, source);
            return;
        }
        if (!source.Overlaps(_cluster))
        {
            ReadPart(cluster, 0, _cluster.AsSpan(0, SizeOf(cluster)));
            source.CopyTo(_cluster.AsSpan(start));
        }
        _cluster.AsSpan(SizeOf(cluster)).Clear(); // Behind the end of the disk.
        _overlay.Add(cluster, _cluster);
    }

    private void ClearPart(int cluster, int start, int count)
    {
        var whole = _cluster.AsSpan(0, SizeOf(cluster));
        ReadPart(cluster, 0, whole);
        whole.Slice(start, count).Clear();
        WritePart(cluster, 0, whole);
    }

    /// <summary>The first part of a range that lies in one cluster.</summary>
    private (int Cluster, int Start, int Count) PartOf(ulong offset, ulong length)
    {
        var size = (uint)_cluster.Length;
        var start = (int)(offset % size);
        return ((int)(offset / size), start, (int)Math.Min(length, size - (uint)start));
    }

    private ulong AddressOf(int cluster) => (ulong)cluster * (uint)_cluster.Length;

    private int SizeOf(int cluster) => (int)Math.Min((uint)_cluster.Length, Length - AddressOf(cluster));

    private bool IsWhole(int cluster, int start, int count) => start == 0 && count == SizeOf(cluster);
}
