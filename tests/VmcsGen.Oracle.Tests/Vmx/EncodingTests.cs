using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>
/// Access to a layout by encoding, for every encoding there can be. What the facts list succeeds and reaches exactly the bytes
/// that they say; everything else fails as VMREAD and VMWRITE do.
/// </summary>
public abstract class EncodingTests<TLayout, TImage>(ITestOutputHelper output)
    where TLayout : unmanaged
    where TImage : struct, IVmcsAccess
{
    private static readonly VmxResult Unsupported = VmxResult.FailValid((VmInstructionError)12);

    private static readonly ulong[] Boundaries = [0, 1, 0x7F, 0x80, 0x0123_4567_89AB_CDEF, 0x8000_0000_8000_8000, ulong.MaxValue];

    private protected abstract LayoutFacts Facts { get; }

    [Fact]
    public void Reading_succeeds_exactly_for_the_recorded_encodings_and_gives_their_bytes()
    {
        var stored = Facts.Encodings;
        var page = default(TLayout);
        var bytes = MemoryMarshal.AsBytes(new Span<TLayout>(ref page));
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((i * 37) + (i >> 8) + 1);
        var before = bytes.ToArray();
        var differences = new Differences();
        for (var encoding = 0u; encoding <= ushort.MaxValue; encoding++)
        {
            var result = TryRead(in page, (VmcsField)encoding, out var value);
            var isStored = stored.TryGetValue(encoding, out var field);
            differences.Check($"0x{encoding:X4}", "result", isStored ? VmxResult.Success : Unsupported, result);
            differences.Check($"0x{encoding:X4}", "value", isStored ? Number(before.AsSpan(field.Offset, field.Size)) : 0, value);
        }
        Assert.Equal(before, bytes.ToArray());
        output.WriteLine($"65536 encodings, {stored.Count} of them stored");
        differences.AssertNone(output);
    }

    [Fact]
    public void Writing_succeeds_exactly_for_the_recorded_encodings_and_changes_their_bytes()
    {
        var stored = Facts.Encodings;
        var differences = new Differences();
        foreach (var (fill, value) in new[] { ((byte)0x00, ulong.MaxValue), ((byte)0xFF, 0UL), ((byte)0x00, 0x0807_0605_0403_0201UL) })
        {
            var page = default(TLayout);
            var bytes = MemoryMarshal.AsBytes(new Span<TLayout>(ref page));
            bytes.Fill(fill);
            var untouched = bytes.ToArray();
            for (var encoding = 0u; encoding <= ushort.MaxValue; encoding++)
            {
                var result = TryWrite(ref page, (VmcsField)encoding, value);
                var isStored = stored.TryGetValue(encoding, out var field);
                differences.Check($"0x{encoding:X4}", $"result of writing 0x{value:X}", isStored ? VmxResult.Success : Unsupported, result);
                if (!isStored && bytes.SequenceEqual(untouched))
                    continue;
                var expected = untouched.ToArray();
                if (isStored)
                {
                    Put(expected.AsSpan(field.Offset, field.Size), value);
                    MarkChanged(expected, encoding);
                }
                var place = isStored ? field.ToString() : "none";
                if (!bytes.SequenceEqual(expected))
                    differences.Add($"0x{encoding:X4}", $"writing 0x{value:X} changes other bytes than {place}");
                untouched.CopyTo(bytes);
            }
        }
        output.WriteLine($"65536 encodings, {stored.Count} of them stored");
        differences.AssertNone(output);
    }

    [Theory]
    [InlineData(0x1_0000u)]
    [InlineData(0x8000_0000u)]
    public void No_encoding_with_a_bit_beyond_the_sixteenth_is_stored(uint bit)
    {
        var page = default(TLayout);
        var differences = new Differences();
        foreach (var encoding in Facts.Encodings.Keys)
        {
            differences.Check($"0x{encoding | bit:X}", "VMREAD", Unsupported, TryRead(in page, (VmcsField)(encoding | bit), out _));
            differences.Check($"0x{encoding | bit:X}", "VMWRITE", Unsupported, TryWrite(ref page, (VmcsField)(encoding | bit), 1));
        }
        differences.AssertNone(output);
    }

    [Fact]
    public void A_member_and_its_encoding_are_the_same_place()
    {
        var differences = new Differences();
        foreach (var (field, encoding) in StoredMembers())
        {
            foreach (var boundary in Boundaries)
            {
                var raw = Truncate(boundary, field.FieldType);
                object boxed = default(TLayout);
                field.SetValue(boxed, RawValues.Of(field.FieldType, raw));
                var page = (TLayout)boxed;
                TryRead(in page, encoding, out var read);
                differences.Check(field.Name, $"VMREAD of 0x{raw:X}", raw, read);

                var written = default(TLayout);
                TryWrite(ref written, encoding, boundary);
                differences.Check(field.Name, $"member after VMWRITE of 0x{boundary:X}", raw, RawValues.From(field.GetValue(written)!));
            }
        }
        differences.AssertNone(output);
    }

    [Fact]
    public void A_property_and_its_encoding_are_the_same_place()
    {
        var differences = new Differences();
        var properties = 0;
        foreach (var (field, encoding) in StoredMembers())
        {
            var property = typeof(Vmcs<TImage>).GetProperty(Enum.GetName(encoding)!)!;
            foreach (var boundary in Boundaries)
            {
                var raw = Truncate(boundary, property.PropertyType);
                var image = Create();
                image.Write(encoding, boundary);
                var read = RawValues.From(property.GetValue(VmcsOf(image))!);
                differences.Check(field.Name, $"property after VMWRITE of 0x{boundary:X}", raw, read);
                if (property.SetMethod is null)
                    continue;
                image = Create();
                property.SetValue(VmcsOf(image), RawValues.Of(property.PropertyType, raw));
                differences.Check(field.Name, $"VMREAD after setting the property to 0x{raw:X}", raw, image.Read(encoding));
            }
            properties++;
        }
        output.WriteLine($"{properties} properties, {Boundaries.Length} values each");
        differences.AssertNone(output);
    }

    [Fact]
    public void A_property_of_a_field_that_is_not_stored_throws_error_12()
    {
        var stored = Facts.Encodings;
        var vmcs = VmcsOf(Create());
        var differences = new Differences();
        var absent = GeneratedVmx.Runtime.Fields.Values.Where(f => !stored.ContainsKey(f.Encoding)).ToArray();
        foreach (var field in absent)
        {
            var property = typeof(Vmcs<TImage>).GetProperty(field.Name)!;
            var zero = RawValues.Of(property.PropertyType, 0);
            differences.Check(field.Name, "getter", Unsupported, Thrown(() => property.GetValue(vmcs)));
            if (property.SetMethod is not null)
                differences.Check(field.Name, "setter", Unsupported, Thrown(() => property.SetValue(vmcs, zero)));
        }
        output.WriteLine($"{absent.Length} fields are not stored");
        differences.AssertNone(output);
    }

    private protected abstract VmxResult TryRead(ref readonly TLayout page, VmcsField field, out ulong value);

    private protected abstract VmxResult TryWrite(ref TLayout page, VmcsField field, ulong value);

    private protected abstract TImage Create();

    private protected abstract object VmcsOf(TImage image);

    /// <summary>What else a write changes.</summary>
    private protected virtual void MarkChanged(Span<byte> page, uint encoding) { }

    private IEnumerable<(FieldInfo Field, VmcsField Encoding)> StoredMembers()
    {
        var members = GeneratedVmx.Runtime.Layouts[typeof(TLayout).Name].Members;
        return Facts.Members.Where(static m => m.Encoding is not null).Select(m => (members[m.Name].Field, (VmcsField)m.Encoding!.Value));
    }

    private static VmxResult? Thrown(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (TargetInvocationException e) when (e.InnerException is VmxException inner)
        {
            return inner.Result;
        }
    }

    private static ulong Truncate(ulong value, Type type) =>
        ManagedLayout.SizeOf(type) switch
        {
            2 => (ushort)value,
            4 => (uint)value,
            _ => value,
        };

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        Span<byte> all = stackalloc byte[8];
        all.Clear();
        bytes.CopyTo(all);
        return BinaryPrimitives.ReadUInt64LittleEndian(all);
    }

    private static void Put(Span<byte> place, ulong value)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(all, value);
        all[..place.Length].CopyTo(place);
    }
}
