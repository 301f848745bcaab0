using System;
using System.Buffers.Binary;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Probing;

/// <summary>Finds where a field lies in pictures of a region, each taken with another value of the field.</summary>
internal static class FieldPlaces
{
    // SDM 3C 25.2: revision identifier and VMX-abort indicator come first.
    private const int FirstOffset = 8;

    /// <summary>Finds a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="values">Its value at each picture, as VMREAD gives it.</param>
    /// <param name="pictures">The region at the same times.</param>
    public static ProbedField Find(VmcsField field, ulong[] values, byte[][] pictures)
    {
        if (Offset(pictures, field.Size, place => Equal(place, values)) is { } plain)
            return new(field, plain, null);
        var bits = 8 * field.Size;
        for (var distance = 1; distance < bits; distance++)
        {
            var turned = values.Select(value => RotateLeft(value, distance, bits)).ToArray();
            if (Offset(pictures, field.Size, place => Equal(place, turned)) is { } rotated)
                return new(field, rotated, $"rotated left by {distance} bits");
        }
        if (Offset(pictures, field.Size, place => HasOneDifference(place, values)) is { } mixed)
        {
            var mask = Read(pictures[0], mixed, field.Size) ^ values[0];
            return new(field, mixed, $"XORed with 0x{mask:X}");
        }
        return new(field, null, null);
    }

    private static int? Offset(byte[][] pictures, int size, Func<ulong[], bool> fits)
    {
        var place = new ulong[pictures.Length];
        for (var at = FirstOffset; at <= pictures[0].Length - size; at++)
        {
            for (var i = 0; i < place.Length; i++)
                place[i] = Read(pictures[i], at, size);
            if (fits(place))
                return at;
        }
        return null;
    }

    private static bool Equal(ulong[] place, ulong[] values) => place.AsSpan().SequenceEqual(values);

    private static bool HasOneDifference(ulong[] place, ulong[] values)
    {
        for (var i = 1; i < place.Length; i++)
        {
            if ((place[i] ^ values[i]) != (place[0] ^ values[0]))
                return false;
        }
        return true;
    }

    private static ulong RotateLeft(ulong value, int distance, int bits)
    {
        var mask = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        return (value << distance | value >> (bits - distance)) & mask;
    }

    private static ulong Read(byte[] region, int offset, int size)
    {
        var bytes = region.AsSpan(offset);
        return size switch
        {
            sizeof(ushort) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            sizeof(uint) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }
}
