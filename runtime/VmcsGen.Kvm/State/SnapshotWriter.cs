using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>Writes a snapshot, section by section.</summary>
internal sealed class SnapshotWriter
{
    private readonly Stream _stream;

    internal SnapshotWriter(Stream stream)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderSize];
        header.Clear();
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], SnapshotFormat.Version);
        stream.Write(header);
    }

    internal void Write(uint tag, params ReadOnlySpan<byte> content) => Write(tag, content, []);

    internal void Write(uint tag, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int length = first.Length + second.Length;
        if (length > SnapshotFormat.LongestSection)
        {
            throw new InvalidOperationException(
                $"Section {SnapshotTag.NameOf(tag)} would have {length} bytes; a snapshot allows {SnapshotFormat.LongestSection}."
            );
        }
        Span<byte> header = stackalloc byte[SnapshotFormat.SectionHeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, tag);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)length);
        _stream.Write(header);
        _stream.Write(first);
        _stream.Write(second);
    }

    /// <summary>Writes a struct as the kernel has it in memory, which on x86 is little-endian.</summary>
    internal void Write<T>(uint tag, in T value)
        where T : unmanaged => Write(tag, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    internal void WriteIfPresent<T>(uint tag, in T? value)
        where T : unmanaged
    {
        if (value is { } present)
            Write(tag, present);
    }

    internal void WriteAll<T>(uint tag, ReadOnlySpan<T> values)
        where T : unmanaged => Write(tag, MemoryMarshal.AsBytes(values));
}
