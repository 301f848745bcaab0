using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>
/// Writes the byte code of ACPI tables: as much of it as describes devices without methods. Source: ACPI Specification 6.5, chapter 20.
/// </summary>
internal sealed class AmlWriter
{
    private const byte NameOp = 0x08;
    private const byte BytePrefix = 0x0A;
    private const byte WordPrefix = 0x0B;
    private const byte DwordPrefix = 0x0C;
    private const byte StringPrefix = 0x0D;
    private const byte ScopeOp = 0x10;
    private const byte BufferOp = 0x11;
    private const byte PackageOp = 0x12;
    private const byte ExtendedPrefix = 0x5B;
    private const byte DeviceOp = 0x82;

    private readonly List<byte> _bytes = [];

    internal byte[] ToArray() => [.. _bytes];

    internal void Scope(string path, Action<AmlWriter> content) => Block([ScopeOp], path, content);

    internal void Device(string name, Action<AmlWriter> content) => Block([ExtendedPrefix, DeviceOp], name, content);

    internal void Name(string name, uint value)
    {
        _bytes.Add(NameOp);
        Path(name);
        Integer(value);
    }

    internal void Name(string name, string text)
    {
        _bytes.Add(NameOp);
        Path(name);
        _bytes.Add(StringPrefix);
        _bytes.AddRange(Encoding.ASCII.GetBytes(text));
        _bytes.Add(0);
    }

    internal void NamePackage(string name, params ReadOnlySpan<uint> values)
    {
        AmlWriter content = new();
        content._bytes.Add((byte)values.Length);
        foreach (var value in values)
            content.Integer(value);
        _bytes.Add(NameOp);
        Path(name);
        _bytes.Add(PackageOp);
        WithLength(content._bytes);
    }

    /// <summary>A name whose value is a list of resources.</summary>
    internal void NameResources(string name, byte[] resources)
    {
        AmlWriter content = new();
        content.Integer((uint)resources.Length + 2);
        content._bytes.AddRange(resources);
        content._bytes.AddRange([0x79, 0]); // The end tag; a sum of 0 is not checked.
        _bytes.Add(NameOp);
        Path(name);
        _bytes.Add(BufferOp);
        WithLength(content._bytes);
    }

    /// <summary>A hardware id: three letters and four hexadecimal digits become a number, others stay text.</summary>
    internal void HardwareId(string id)
    {
        if (id.Length != 7)
        {
            Name("_HID", id);
            return;
        }
        // Five bits for each letter, in the order of bytes that EISA has. Source: ACPI Specification 6.5, 19.6.36.
        var packed = (uint)((id[0] - 0x40) << 26 | (id[1] - 0x40) << 21 | (id[2] - 0x40) << 16) | Convert.ToUInt16(id[3..], 16);
        Name("_HID", BinaryPrimitives.ReverseEndianness(packed));
    }

    // Resource descriptors. Source: ACPI Specification 6.5, 6.4.

    internal static byte[] Ports(ushort first, byte count) =>
        [0x47, 1, (byte)first, (byte)(first >> 8), (byte)first, (byte)(first >> 8), 1, count];

    internal static byte[] EdgeLine(uint line) => [0x22, (byte)(1u << (int)line), (byte)(1u << (int)line >> 8)];

    internal static byte[] Memory(uint address, uint length)
    {
        byte[] descriptor = [0x86, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(4), address);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(8), length);
        return descriptor;
    }

    /// <summary>A line that is triggered by its level, active when high.</summary>
    internal static byte[] LevelLine(uint line)
    {
        byte[] descriptor = [0x89, 6, 0, 1, 1, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor.AsSpan(5), line);
        return descriptor;
    }

    private void Block(ReadOnlySpan<byte> op, string path, Action<AmlWriter> content)
    {
        AmlWriter inner = new();
        inner.Path(path);
        content(inner);
        _bytes.AddRange(op);
        WithLength(inner._bytes);
    }

    private void Path(string path)
    {
        if (path.StartsWith('\\'))
        {
            _bytes.Add((byte)'\\');
            path = path[1..];
        }
        _bytes.AddRange(Encoding.ASCII.GetBytes(path.PadRight(4, '_')));
    }

    private void Integer(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        if (value <= 1)
        {
            _bytes.Add((byte)value);
        }
        else if (value <= byte.MaxValue)
        {
            _bytes.Add(BytePrefix);
            _bytes.Add((byte)value);
        }
        else if (value <= ushort.MaxValue)
        {
            _bytes.Add(WordPrefix);
            _bytes.AddRange(bytes[..2]);
        }
        else
        {
            _bytes.Add(DwordPrefix);
            _bytes.AddRange(bytes);
        }
    }

    /// <summary>Content behind its length, which counts itself. Source: ACPI Specification 6.5, 20.2.4.</summary>
    private void WithLength(List<byte> content)
    {
        var size = content.Count;
        if (size + 1 < 1 << 6)
        {
            _bytes.Add((byte)(size + 1));
        }
        else
        {
            var more = size + 2 < 1 << 12 ? 1 : 2;
            var total = size + 1 + more;
            _bytes.Add((byte)(more << 6 | (total & 0xF)));
            for (var i = 0; i < more; i++)
                _bytes.Add((byte)(total >> (4 + 8 * i)));
        }
        _bytes.AddRange(content);
    }
}
