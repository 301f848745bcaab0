using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Vmm;

/// <summary>A disk whose sectors are in a file. Source: VIRTIO 1.2, 5.2.</summary>
[MustDispose]
public sealed class VirtioBlock : VirtioDevice, IDisposable
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    private const ulong ReadOnlyFeature = 1 << 5; // VIRTIO_BLK_F_RO
    private const ulong FlushFeature = 1 << 9; // VIRTIO_BLK_F_FLUSH
    private const byte Ok = 0;
    private const byte IoError = 1;
    private const byte Unsupported = 2;
    private const int NameLength = 20;
    private const int BufferSize = 1 << 16;

    private readonly SafeFileHandle _file;
    private readonly bool _isReadOnly;
    private readonly string _name;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>Opens a disk.</summary>
    /// <param name="path">The file; what is behind its last whole sector is not seen.</param>
    /// <param name="isReadOnly">Whether the guest may only read.</param>
    /// <exception cref="IOException">It cannot be opened, or another program has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read or written.</exception>
    public VirtioBlock(string path, bool isReadOnly = false)
    {
        _file = File.OpenHandle(
            path,
            FileMode.Open,
            isReadOnly ? FileAccess.Read : FileAccess.ReadWrite,
            isReadOnly ? FileShare.Read : FileShare.None
        );
        _isReadOnly = isReadOnly;
        _name = Path.GetFileName(path);
        Sectors = (ulong)RandomAccess.GetLength(_file) / SectorSize;
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
    public override ulong Features => FlushFeature | (_isReadOnly ? ReadOnlyFeature : 0);

    /// <inheritdoc/>
    public override void ReadConfiguration(uint offset, Span<byte> data)
    {
        Span<byte> capacity = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(capacity, Sectors);
        if (offset < capacity.Length)
            capacity[(int)offset..Math.Min(capacity.Length, (int)offset + data.Length)].CopyTo(data);
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

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>What messages call it.</summary>
    public override string ToString() => $"disk {_name}";

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
        byte status;
        try
        {
            status = header.Type switch
            {
                VirtioBlockRequest.In => Read(chain, header.Sector, room, out written),
                VirtioBlockRequest.Out => Write(chain, header.Sector, (uint)headerBytes.Length),
                VirtioBlockRequest.Flush => Flush(),
                VirtioBlockRequest.GetId => TellName(chain, room, out written),
                _ => Unsupported,
            };
        }
        catch (IOException)
        {
            status = IoError;
        }
        chain.Write(room, [status]);
        return status == Ok ? room + 1 : written + 1;
    }

    private byte Read(VirtqueueChain chain, ulong sector, uint length, out uint written)
    {
        written = 0;
        if (!IsWithin(sector, length))
            return IoError;
        var position = (long)(sector * SectorSize);
        while (written < length)
        {
            var chunk = _buffer.AsSpan(0, (int)Math.Min(length - written, BufferSize));
            var count = RandomAccess.Read(_file, chunk, position + written);
            if (count == 0)
                return IoError; // The file became shorter.
            chain.Write(written, chunk[..count]);
            written += (uint)count;
        }
        return Ok;
    }

    private byte Write(VirtqueueChain chain, ulong sector, uint start)
    {
        var length = chain.ReadableLength - start;
        if (_isReadOnly || !IsWithin(sector, length))
            return IoError;
        var position = (long)(sector * SectorSize);
        for (uint done = 0; done < length; )
        {
            var chunk = _buffer.AsSpan(0, (int)Math.Min(length - done, BufferSize));
            chain.Read(start + done, chunk);
            RandomAccess.Write(_file, chunk, position + done);
            done += (uint)chunk.Length;
        }
        return Ok;
    }

    private byte Flush()
    {
        if (!_isReadOnly)
            RandomAccess.FlushToDisk(_file);
        return Ok;
    }

    private byte TellName(VirtqueueChain chain, uint room, out uint written)
    {
        Span<byte> name = stackalloc byte[NameLength];
        name.Clear();
        Encoding.ASCII.GetBytes(_name.AsSpan(0, Math.Min(_name.Length, NameLength)), name);
        written = (uint)chain.Write(0, name[..(int)Math.Min(NameLength, room)]);
        return Ok;
    }

    private bool IsWithin(ulong sector, uint length) =>
        length % SectorSize == 0 && sector <= Sectors && length / SectorSize <= Sectors - sector;
}
