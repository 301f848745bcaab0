using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A snapshot as docs/snapshot-format.md says, taken apart and put together without the code that is tested.</summary>
internal static class SnapshotBytes
{
    public const int HeaderSize = 16;
    public const int SectionHeaderSize = 16;

    private static readonly uint[] s_crcTable = [.. Enumerable.Range(0, 256).Select(static i => TableEntry((uint)i))];

    public static byte[] Empty => [.. Header, .. Section("END ", [])];

    public static byte[] Header => [.. "VmcsSnap"u8, 2, 0, 0, 0, 0, 0, 0, 0];

    public static VmState Load(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return VmState.Load(stream);
    }

    /// <summary>A section with its padding.</summary>
    public static byte[] Section(string tag, ReadOnlySpan<byte> content, bool sumsContent = true)
    {
        var section = new byte[SectionHeaderSize + (content.Length + 7) / 8 * 8];
        Encoding.ASCII.GetBytes(tag, section);
        BinaryPrimitives.WriteInt64LittleEndian(section.AsSpan(8), content.Length);
        content.CopyTo(section.AsSpan(SectionHeaderSize));
        byte[] summed = [.. section[..4], .. section[8..16], .. sumsContent ? content : []];
        BinaryPrimitives.WriteUInt32LittleEndian(section.AsSpan(4), Crc32C(summed));
        return section;
    }

    /// <summary>Sections in a file; pages begin at the next page of the file, and their section has its padding in front.</summary>
    public static byte[] File(params ReadOnlySpan<(string Tag, byte[] Content)> sections)
    {
        List<byte> file = [.. Header];
        foreach (var (tag, content) in sections)
        {
            var isPages = tag == "DATA";
            var padding = isPages ? (4096 - (file.Count + SectionHeaderSize) % 4096) % 4096 : 0;
            file.AddRange(Section(tag, [.. new byte[padding], .. content], sumsContent: !isPages));
        }
        file.AddRange(Section("END ", []));
        return [.. file];
    }

    /// <summary>Puts a section in front of the end.</summary>
    public static byte[] With(byte[] file, string tag, byte[] content) =>
        [.. file[..^SectionHeaderSize], .. Section(tag, content), .. Section("END ", [])];

    public static IEnumerable<(string Tag, int Start, int Length)> Sections(byte[] file)
    {
        for (var at = HeaderSize; at < file.Length; )
        {
            var length = (int)BitConverter.ToInt64(file, at + 8);
            yield return (Encoding.ASCII.GetString(file, at, 4), at + SectionHeaderSize, length);
            at += SectionHeaderSize + (length + 7) / 8 * 8;
        }
    }

    /// <summary>An extent of EXTS.</summary>
    public static byte[] Extent(uint memory, ulong first, ulong count, ulong place)
    {
        var record = new byte[32];
        BinaryPrimitives.WriteUInt32LittleEndian(record, memory);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(8), first);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(16), count);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(24), place);
        return record;
    }

    /// <summary>By the polynomial of RFC 3720, bit by bit.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
            sum = s_crcTable[(byte)(sum ^ one)] ^ sum >> 8;
        return ~sum;
    }

    private static uint TableEntry(uint value)
    {
        const uint Polynomial = 0x82F6_3B78; // 0x1EDC6F41, bits reversed.
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? value >> 1 ^ Polynomial : value >> 1;
        return value;
    }
}
