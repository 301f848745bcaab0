using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Reads numbers, strings and blocks of a trace file, in little-endian order.</summary>
/// <param name="stream">The file, or a part of it that was compressed.</param>
/// <param name="part">What an error calls a part that was compressed; null for the file itself.</param>
internal sealed class TraceBytes(Stream stream, string? part = null)
{
    // The longest are the formats of all events of a kernel: some 10 MiB.
    private const int LongestBlock = 256 << 20;
    private const int LongestString = 4096;

    /// <summary>Where the next byte is.</summary>
    public long Position
    {
        get => stream.Position;
        set =>
            stream.Position =
                value >= 0 && value <= stream.Length ? value : throw Error(Position, $"it names byte {value}, behind the end of the file");
    }

    /// <summary>How many bytes there are.</summary>
    public ulong Length => (ulong)stream.Length;

    /// <summary>What is left behind <see cref="Position"/>, in bytes.</summary>
    public long Left => stream.Length - stream.Position;

    /// <summary>The next byte.</summary>
    public byte Byte() => Block(1)[0];

    /// <summary>The next two bytes.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Block(sizeof(ushort)));

    /// <summary>The next four bytes.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Block(sizeof(uint)));

    /// <summary>The next eight bytes.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Block(sizeof(ulong)));

    /// <summary>The next bytes up to a NUL, which is read too.</summary>
    public string Text()
    {
        var start = Position;
        var text = new StringBuilder();
        for (var one = Byte(); one != 0; one = Byte())
        {
            if (text.Append((char)one).Length > LongestString)
                throw Error(start, $"there is no end of a string within {LongestString} bytes");
        }
        return text.ToString();
    }

    /// <summary>So many next bytes.</summary>
    public byte[] Block(ulong size)
    {
        if (size > (ulong)Left)
            throw TooShort(size);
        if (size > LongestBlock)
            throw Error(Position, $"a part of {size} bytes is longer than {LongestBlock}");
        var block = new byte[size];
        stream.ReadExactly(block);
        return block;
    }

    /// <summary>Leaves out so many bytes.</summary>
    public void Skip(ulong size) => Position = size <= (ulong)Left ? Position + (long)size : throw TooShort(size);

    /// <summary>Reads text that must be there.</summary>
    public void Expect(string text)
    {
        var start = Position;
        if (!Block((ulong)text.Length).AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(text)))
            throw Error(start, $"'{text.TrimEnd('\0')}' is missing");
    }

    /// <summary>An error at a byte.</summary>
    public InputException Error(long position, string message) =>
        new($"byte {position}{(part is null ? "" : $" of {part}, decompressed")}: {message}.");

    private InputException TooShort(ulong size) => Error(Position, $"{size} bytes are needed, but it ends at byte {stream.Length}");
}
