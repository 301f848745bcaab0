using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>
/// Reads a snapshot, section by section, from a source that is not trusted. It has room for one section of the largest size,
/// whatever lengths the source claims.
/// </summary>
internal sealed class SnapshotReader
{
    private readonly Stream _stream;
    private byte[] _buffer = new byte[4096];
    private long _position;
    private int _length;

    internal SnapshotReader(Stream stream)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderSize];
        ReadExactly(header);
        if (!header.StartsWith(SnapshotFormat.Magic))
            throw new InvalidDataException("This is not a snapshot of a VM: it does not begin with the magic 'VmcsSnap'.");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != SnapshotFormat.Version)
        {
            throw new InvalidDataException(
                $"The snapshot has format version {version}, and this library reads version {SnapshotFormat.Version}.");
        }
        uint reserved = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (reserved != 0)
            throw new InvalidDataException($"The reserved word of the snapshot's header is 0x{reserved:X}, not 0.");
    }

    /// <summary>The section that was read last.</summary>
    internal uint Tag { get; private set; }

    /// <summary>Its content, until the next is read.</summary>
    internal ReadOnlySpan<byte> Content => _buffer.AsSpan(0, _length);

    /// <summary>Reads the next section; false at the end section.</summary>
    internal bool Next()
    {
        Span<byte> header = stackalloc byte[SnapshotFormat.SectionHeaderSize];
        Tag = 0;
        ReadExactly(header);
        Tag = BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (length > SnapshotFormat.LongestSection)
            throw Wrong($"it claims {length} bytes, and {SnapshotFormat.LongestSection} are the most that a section can have");
        ReadContent((int)length);
        if (Tag == SnapshotTag.End && length != 0)
            throw Wrong("it marks the end and must be empty");
        return Tag != SnapshotTag.End;
    }

    /// <summary>The content as one struct.</summary>
    internal unsafe T Get<T>()
        where T : unmanaged
    {
        if (_length != sizeof(T))
            throw Wrong($"it has {_length} bytes, and {sizeof(T)} were expected");
        return MemoryMarshal.Read<T>(Content);
    }

    /// <summary>The content as structs of one type.</summary>
    internal unsafe T[] GetAll<T>()
        where T : unmanaged
    {
        if (_length % sizeof(T) != 0)
            throw Wrong($"it has {_length} bytes, which is not a multiple of {sizeof(T)}");
        return MemoryMarshal.Cast<byte, T>(Content).ToArray();
    }

    /// <summary>An exception that tells where in the snapshot something is wrong.</summary>
    internal InvalidDataException Wrong(string what) => new(
        $"The snapshot is damaged, or written by something else: section {SnapshotTag.NameOf(Tag)}, which ends at byte {_position}: {what}.");

    // The buffer grows with what is really there, so that a short file cannot ask for a large one.
    private void ReadContent(int length)
    {
        _length = 0;
        while (_length < length)
        {
            if (_length == _buffer.Length)
                Array.Resize(ref _buffer, Math.Min(4 * _buffer.Length, SnapshotFormat.LongestSection));
            int part = Math.Min(length, _buffer.Length) - _length;
            ReadExactly(_buffer.AsSpan(_length, part));
            _length += part;
        }
    }

    private void ReadExactly(Span<byte> bytes)
    {
        int read = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        _position += read;
        if (read == bytes.Length)
            return;
        string where = Tag == 0 ? "between sections" : $"within section {SnapshotTag.NameOf(Tag)}";
        throw new InvalidDataException($"The snapshot is cut off: it ends at byte {_position}, {where}, without an end section.");
    }
}
