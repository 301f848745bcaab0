using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>A disk, whose sectors a <see cref="DiskBacking"/> holds. Source: VIRTIO 1.2, 5.2.</summary>
/// <remarks>What the guest has written lasts when a flush has returned; without the feature of flushes, when the write has.</remarks>
[MustDispose]
public sealed class VirtioBlock : VirtioDevice, IDisposable
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    private const uint MostDiscardRanges = 16;
    private const uint MostDiscardSectors = 1 << 22;
    private const uint MostZeroedSectors = 1 << 15; // May have to be written, in one go.
    private const uint MayUnmap = 1; // VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP
    private const int NameLength = 20;
    private const int BufferSize = 1 << 16;

    private readonly DiskBacking _disk;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>Opens a file as a disk.</summary>
    /// <param name="path">The file; what is behind its last whole sector is not seen.</param>
    /// <param name="isReadOnly">Whether the guest may only read.</param>
    /// <exception cref="IOException">It cannot be opened, or another program has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read or written.</exception>
    public VirtioBlock(string path, bool isReadOnly = false)
        : this(new FileDisk(path, isReadOnly)) { }

    /// <summary>Makes a disk of what holds its sectors.</summary>
    /// <param name="disk">
    /// That, which belongs to the device: it is disposed of with it. What is behind its last whole sector is not seen.
    /// </param>
    public VirtioBlock(DiskBacking disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        _disk = disk;
        Sectors = disk.Length / SectorSize;
    }

    /// <summary>Number of sectors.</summary>
    public ulong Sectors { get; }

    /// <summary>Requests that were served.</summary>
    public long Requests { get; private set; }

    /// <inheritdoc/>
    public override uint DeviceId => 2;

    /// <inheritdoc/>
    public override int QueueCount => 1;

    /// <inheritdoc/>
    public override ulong Features =>
        Bit(VirtioBlockFeature.SegMax)
        | Bit(VirtioBlockFeature.Flush)
        | (_disk.IsReadOnly ? Bit(VirtioBlockFeature.Ro) : Bit(VirtioBlockFeature.Discard) | Bit(VirtioBlockFeature.WriteZeroes));

    /// <summary>Pieces of a request beside its header and its status, which a queue holds. Drivers that are not told use one.</summary>
    private uint MostPieces => QueueSize - 2u;

    /// <inheritdoc/>
    public override void ReadConfiguration(uint offset, Span<byte> data)
    {
        VirtioBlockConfiguration configuration = new() { Capacity = Sectors, SegMax = MostPieces };
        if (!_disk.IsReadOnly)
        {
            configuration.MaxDiscardSectors = MostDiscardSectors;
            configuration.MaxDiscardSeg = MostDiscardRanges;
            configuration.DiscardSectorAlignment = 1;
            configuration.MaxWriteZeroesSectors = MostZeroedSectors;
            configuration.MaxWriteZeroesSeg = 1;
            configuration.WriteZeroesMayUnmap = 1;
        }
        CopyConfiguration(configuration, offset, data);
    }

    /// <inheritdoc/>
    public override bool Serve(int index, Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        var served = false;
        while (queue.TryTake(out var chain))
        {
            queue.Return(chain, Serve(chain));
            Requests++;
            served = true;
        }
        return served;
    }

    /// <summary>The number of sectors, so that a guest does not go on with another disk.</summary>
    public override byte[] SaveState() => DeviceState.ToBytes(Sectors);

    /// <inheritdoc/>
    public override void RestoreState(ReadOnlySpan<byte> state)
    {
        var sectors = DeviceState.FromBytes<ulong>(state);
        if (sectors != Sectors)
            throw new ArgumentException($"The guest's disk had {sectors} sectors, and {this} has {Sectors}.", nameof(state));
    }

    /// <summary>Closes what holds the sectors.</summary>
    public void Dispose() => _disk.Dispose();

    /// <summary>What messages call it.</summary>
    public override string ToString() => $"disk {_disk.Name}";

    private static ulong Bit(VirtioBlockFeature feature) => 1UL << (int)feature;

    /// <summary>Serves a request and gives the number of bytes that were written into guest memory.</summary>
    private uint Serve(VirtqueueChain chain)
    {
        VirtioBlockHeader header = default;
        var headerBytes = MemoryMarshal.AsBytes(new Span<VirtioBlockHeader>(ref header));
        if (chain.Read(0, headerBytes) < headerBytes.Length || chain.WritableLength == 0)
            throw new VirtqueueException("A request of a disk has 16 bytes to read and one for the status to write at least.");
        // The status is the last byte that may be written; data stand before it, or behind the header.
        var room = chain.WritableLength - 1;
        uint written = 0;
        VirtioBlockStatus status;
        try
        {
            status = header.Type switch
            {
                VirtioBlockRequest.In => Read(chain, header.Sector, room, out written),
                VirtioBlockRequest.Out => Write(chain, header.Sector, (uint)headerBytes.Length),
                VirtioBlockRequest.Flush => Flush(),
                VirtioBlockRequest.GetId => TellName(chain, room, out written),
                VirtioBlockRequest.Discard => Discard(chain, (uint)headerBytes.Length),
                VirtioBlockRequest.WriteZeroes => WriteZeroes(chain, (uint)headerBytes.Length),
                _ => VirtioBlockStatus.Unsupp,
            };
            if (status == VirtioBlockStatus.Ok && !HasCache && header.Type is not VirtioBlockRequest.In and not VirtioBlockRequest.GetId)
                Flush();
        }
        catch (IOException)
        {
            status = VirtioBlockStatus.Ioerr;
        }
        chain.Write(room, [(byte)status]);
        return status == VirtioBlockStatus.Ok ? room + 1 : written + 1;
    }

    // A driver that knows of no flushes takes what was written for lasting. Source: VIRTIO 1.2, 5.2.6.2.
    private bool HasCache => (NegotiatedFeatures & Bit(VirtioBlockFeature.Flush)) != 0;

    private VirtioBlockStatus Read(VirtqueueChain chain, ulong sector, uint length, out uint written)
    {
        written = 0;
        if (!IsWithin(sector, length))
            return VirtioBlockStatus.Ioerr;
        while (written < length)
        {
            var chunk = _buffer.AsSpan(0, (int)Math.Min(length - written, BufferSize));
            _disk.Read(sector * SectorSize + written, chunk);
            chain.Write(written, chunk);
            written += (uint)chunk.Length;
        }
        return VirtioBlockStatus.Ok;
    }

    private VirtioBlockStatus Write(VirtqueueChain chain, ulong sector, uint start)
    {
        var length = chain.ReadableLength - start;
        if (_disk.IsReadOnly || !IsWithin(sector, length))
            return VirtioBlockStatus.Ioerr;
        for (uint done = 0; done < length; )
        {
            var chunk = _buffer.AsSpan(0, (int)Math.Min(length - done, BufferSize));
            chain.Read(start + done, chunk);
            _disk.Write(sector * SectorSize + done, chunk);
            done += (uint)chunk.Length;
        }
        return VirtioBlockStatus.Ok;
    }

    private VirtioBlockStatus Flush()
    {
        _disk.Flush();
        return VirtioBlockStatus.Ok;
    }

    private VirtioBlockStatus Discard(VirtqueueChain chain, uint start)
    {
        Span<VirtioBlockRange> ranges = stackalloc VirtioBlockRange[(int)MostDiscardRanges];
        var count = (chain.ReadableLength - start) / (uint)Unsafe.SizeOf<VirtioBlockRange>();
        if (_disk.IsReadOnly || count > MostDiscardRanges || !TryReadRanges(chain, start, ranges[..(int)count]))
            return VirtioBlockStatus.Ioerr;
        foreach (var range in ranges[..(int)count])
        {
            if (range.Flags != 0)
                return VirtioBlockStatus.Unsupp;
            if (range.NumSectors > MostDiscardSectors || !AreWithin(range))
                return VirtioBlockStatus.Ioerr;
        }
        foreach (var range in ranges[..(int)count])
            _disk.Discard(range.Sector * SectorSize, range.NumSectors * (ulong)SectorSize);
        return VirtioBlockStatus.Ok;
    }

    private VirtioBlockStatus WriteZeroes(VirtqueueChain chain, uint start)
    {
        VirtioBlockRange range = default;
        if (_disk.IsReadOnly || !TryReadRanges(chain, start, new Span<VirtioBlockRange>(ref range)))
            return VirtioBlockStatus.Ioerr;
        if ((range.Flags & ~MayUnmap) != 0)
            return VirtioBlockStatus.Unsupp;
        if (range.NumSectors > MostZeroedSectors || !AreWithin(range))
            return VirtioBlockStatus.Ioerr;
        _disk.WriteZeroes(range.Sector * SectorSize, range.NumSectors * (ulong)SectorSize, (range.Flags & MayUnmap) != 0);
        return VirtioBlockStatus.Ok;
    }

    /// <summary>Reads ranges, which must be all that is behind the header.</summary>
    private static bool TryReadRanges(VirtqueueChain chain, uint start, Span<VirtioBlockRange> ranges)
    {
        var bytes = MemoryMarshal.AsBytes(ranges);
        return !bytes.IsEmpty && chain.ReadableLength - start == (uint)bytes.Length && chain.Read(start, bytes) == bytes.Length;
    }

    private VirtioBlockStatus TellName(VirtqueueChain chain, uint room, out uint written)
    {
        Span<byte> name = stackalloc byte[NameLength];
        name.Clear();
        Encoding.ASCII.GetBytes(_disk.Name.AsSpan(0, Math.Min(_disk.Name.Length, NameLength)), name);
        written = (uint)chain.Write(0, name[..(int)Math.Min(NameLength, room)]);
        return VirtioBlockStatus.Ok;
    }

    private bool IsWithin(ulong sector, uint length) =>
        length % SectorSize == 0 && sector <= Sectors && length / SectorSize <= Sectors - sector;

    private bool AreWithin(in VirtioBlockRange range) => range.Sector <= Sectors && range.NumSectors <= Sectors - range.Sector;
}
