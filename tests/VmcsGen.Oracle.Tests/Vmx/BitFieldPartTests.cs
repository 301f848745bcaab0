using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The properties of the bit-fields do what the table of parts says, on which the comparisons with the facts rest.</summary>
public sealed class BitFieldPartTests(ITestOutputHelper output)
{
    [Fact]
    public void Setting_a_part_to_all_ones_sets_its_bits_and_no_others()
    {
        var parts = 0;
        var differences = new Differences();
        foreach (var (bitField, part) in All())
        {
            var property = bitField.Type.GetProperty(part.Name)!;
            var item = $"{bitField.Type.Name}.{part.Name}";
            var ones = Ones(part, property.PropertyType);
            var empty = GeneratedBitField.Of(bitField.Type, 0);
            property.SetValue(empty, ones);
            differences.Check(item, "bits set in zero", part.Mask, GeneratedBitField.Raw(empty));
            differences.Check(item, "value read back", Numbers.From(ones), Numbers.From(property.GetValue(empty)!));

            var all = bitField.SizeInBits == 64 ? ulong.MaxValue : (1UL << bitField.SizeInBits) - 1;
            var full = GeneratedBitField.Of(bitField.Type, all);
            property.SetValue(full, Numbers.Of(0, property.PropertyType));
            differences.Check(item, "bits left in ones", all & ~part.Mask, GeneratedBitField.Raw(full));
            parts++;
        }
        output.WriteLine($"{parts} parts of {GeneratedVmx.Runtime.BitFields.Count} bit-fields");
        differences.AssertNone(output);
        Assert.InRange(parts, 300, int.MaxValue);
    }

    [Fact]
    public void Every_property_of_a_bit_field_is_in_its_table_of_parts_with_its_native_name()
    {
        var differences = new Differences();
        foreach (var bitField in GeneratedVmx.Runtime.BitFields.Values)
        {
            var properties = bitField
                .Type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
                .Where(static p => p.SetMethod is not null)
                .ToDictionary(static p => p.Name);
            foreach (var name in properties.Keys.Except(bitField.Parts.Keys))
                differences.Add($"{bitField.Type.Name}.{name}", "is not in the table");
            foreach (var (name, part) in bitField.Parts)
                differences.Check($"{bitField.Type.Name}.{name}", "native name", part.NativeName, NativeNames.Declared(properties[name]));
        }
        differences.AssertNone(output);
    }

    [Fact]
    public void No_two_parts_of_a_bit_field_overlap() =>
        Listing.AssertEmpty(
            from bitField in GeneratedVmx.Runtime.BitFields.Values
            from one in bitField.Parts.Values
            from other in bitField.Parts.Values
            where one.Low < other.Low && one.High >= other.Low
            select $"{bitField.Type.Name}.{one.Name} and {other.Name}",
            "overlapping parts"
        );

    private static IEnumerable<(GeneratedBitField BitField, BitFieldPart Part)> All() =>
        GeneratedVmx.Runtime.BitFields.Values.SelectMany(static b => b.Parts.Values.Select(p => (b, p)));

    // An address keeps its place, other values start at bit 0.
    private static object Ones(BitFieldPart part, Type type)
    {
        var width = part.High - part.Low + 1;
        var inPlace = type == typeof(ulong) && part.Describe(part.Mask) == $"0x{part.Mask:X}";
        return Numbers.Of(
            inPlace ? part.Mask
                : width == 64 ? ulong.MaxValue
                : (1UL << width) - 1,
            type
        );
    }
}
