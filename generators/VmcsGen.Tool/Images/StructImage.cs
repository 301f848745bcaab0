using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Images;

/// <summary>A struct of the kernel's, member by member, as the specs describe it.</summary>
internal sealed class StructImage
{
    // Of longer arrays the beginning is shown.
    private const int MostElements = 32;

    private readonly SpecSet _specs;
    private readonly Func<MemberShape, bool> _isValid;
    private readonly List<DecodedValue> _values = [];

    private StructImage(SpecSet specs, Func<MemberShape, bool> isValid)
    {
        _specs = specs;
        _isValid = isValid;
    }

    /// <summary>Reads a struct.</summary>
    /// <param name="native">Its name in C.</param>
    /// <param name="bytes">The image.</param>
    /// <param name="start">Where the struct begins in it.</param>
    /// <param name="isValid">Which members count; null for all.</param>
    /// <param name="offset">Where the image begins in its file.</param>
    public static IReadOnlyList<DecodedValue> Read(
        string native,
        ReadOnlySpan<byte> bytes,
        int start = 0,
        Func<MemberShape, bool>? isValid = null,
        long offset = 0
    )
    {
        var specs = SpecSet.Kvm;
        var shape = specs.FindStruct(native)!;
        if (bytes.Length - start < shape.Size)
        {
            throw new InputException(
                $"the image ends at byte {offset + bytes.Length}, within the {native} of {shape.Size} bytes that begins at byte {offset + start}. It is cut off, or something else."
            );
        }
        var image = new StructImage(specs, isValid ?? (static _ => true));
        image.Add(shape, bytes, start, "", offset);
        return image._values;
    }

    private void Add(StructShape shape, ReadOnlySpan<byte> bytes, int start, string prefix, long offset)
    {
        foreach (var member in shape.Members.Where(member => !member.IsPadding && _isValid(member)))
            Add(member, bytes, start + member.Offset, prefix + member.Native, offset);
    }

    private void Add(MemberShape member, ReadOnlySpan<byte> bytes, int start, string name, long offset)
    {
        var inner = member.Nested ?? _specs.FindStruct(member.CSharpType);
        var count = member.Bounds.Aggregate(1, static (product, bound) => product * bound);
        var size = member.Size / Math.Max(count, 1);
        if (inner is not null)
        {
            for (var i = 0; i < Math.Min(count, MostElements); i++)
                Add(inner, bytes, start + (i * size), count == 1 ? $"{name}." : $"{name}[{i}].", offset);
            return;
        }
        var all = bytes.Slice(start, member.Size);
        var isZero = !all.ContainsAnyExcept((byte)0);
        if (member.Bounds.Count == 0)
        {
            var value = Number(member, all);
            var words = _specs.FindEnum(member.CSharpType) is { } type ? EnumWords.Of(type, value) : "";
            _values.Add(new(name, offset + start, $"0x{value:X}", words, value == 0));
        }
        else if (size == 1)
        {
            var shown = all[..Math.Min(all.Length, MostElements)];
            _values.Add(new(name, offset + start, Convert.ToHexString(shown) + Rest(all.Length), "", isZero));
        }
        else
        {
            var numbers = Enumerable.Range(0, Math.Min(count, MostElements)).Select(i => start + (i * size)).ToArray();
            var text = new List<string>();
            foreach (var place in numbers)
                text.Add("0x" + Number(bytes.Slice(place, size)).ToString("X", CultureInfo.InvariantCulture));
            _values.Add(new(name, offset + start, string.Join(" ", text) + Rest(count), "", isZero));
        }
    }

    private static string Rest(int count) => count > MostElements ? $" … ({count})" : "";

    private static ulong Number(MemberShape member, ReadOnlySpan<byte> bytes)
    {
        var value = Number(bytes);
        if (member.CSharpType.StartsWith("BigEndian", StringComparison.Ordinal))
            value = BinaryPrimitives.ReverseEndianness(value) >> (64 - (8 * bytes.Length));
        return member.Bits is { } bits ? value >> bits.Low & (bits.Width == 64 ? ulong.MaxValue : (1UL << bits.Width) - 1) : value;
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        eight.Clear();
        bytes[..Math.Min(bytes.Length, eight.Length)].CopyTo(eight);
        return BinaryPrimitives.ReadUInt64LittleEndian(eight);
    }
}
