using System;
using System.Buffers.Binary;
using System.IO;

namespace VmcsGen.Tool.Btf;

/// <summary>Finds a section of an ELF file of 64 bits, little-endian, by its name (System V ABI, chapter 4).</summary>
/// <param name="file">The file.</param>
internal sealed class ElfSection(Stream file)
{
    private const int HeaderSize = 64;

    /// <summary>The bytes of a section; null when there is none of the name.</summary>
    /// <exception cref="InvalidDataException">The file is no such ELF, or parts of it lie outside.</exception>
    public byte[]? Read(string name)
    {
        var (sections, size, namesIndex) = Table();
        var names = Contents(sections.AsSpan(namesIndex * size));
        for (var start = 0; start < sections.Length; start += size)
        {
            var section = sections.AsSpan(start);
            var at = BinaryPrimitives.ReadInt32LittleEndian(section);
            if (at < 0 || at >= names.Length)
                throw new InvalidDataException("the name of a section lies outside");
            var rest = names.AsSpan(at);
            if (rest[..Math.Max(rest.IndexOf((byte)0), 0)].SequenceEqual(System.Text.Encoding.ASCII.GetBytes(name)))
                return Contents(section);
        }
        return null;
    }

    /// <summary>The bytes of a section by its number.</summary>
    /// <exception cref="InvalidDataException">The file is no such ELF, or parts of it lie outside.</exception>
    public byte[] Read(int number)
    {
        var (sections, size, _) = Table();
        return number >= 0 && number < sections.Length / size
            ? Contents(sections.AsSpan(number * size))
            : throw new InvalidDataException($"there is no section {number}");
    }

    private (byte[] Sections, int Size, int NamesIndex) Table()
    {
        var header = Bytes(0, HeaderSize);
        // ELFCLASS64, ELFDATA2LSB.
        if (!header.AsSpan(0, 6).SequenceEqual("\u007FELF\u0002\u0001"u8))
            throw new InvalidDataException("it is no ELF of 64 bits, little-endian");
        var table = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(58));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60));
        var namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(62));
        if (size < HeaderSize || namesIndex >= count)
            throw new InvalidDataException("it has no table of sections");
        return (Bytes(table, (long)size * count), size, namesIndex);
    }

    private byte[] Contents(ReadOnlySpan<byte> section) =>
        Bytes(BinaryPrimitives.ReadInt64LittleEndian(section[24..]), BinaryPrimitives.ReadInt64LittleEndian(section[32..]));

    private byte[] Bytes(long offset, long size)
    {
        if (offset < 0 || size < 0 || size > Array.MaxLength || offset > file.Length - size)
            throw new InvalidDataException("a part of it lies outside");
        var bytes = new byte[size];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
