using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The generated VMCS fields against the recorded ones.</summary>
public sealed class VmcsFieldTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recorded_field_has_its_encoding_name_width_and_access()
    {
        var differences = new Differences();
        var compared = FieldComparison.Compare(VmcsFieldFacts.Read(), GeneratedVmx.Runtime, differences);
        output.WriteLine($"{compared.Fields} fields, {compared.Named} with a name in the kernel");
        differences.AssertNone(output);
        Assert.NotEqual(0, compared.Named);
    }

    [Fact]
    public void No_field_is_generated_that_is_not_recorded()
    {
        var recorded = VmcsFieldFacts.Read().Fields.Select(static f => f.Number).ToHashSet();
        Listing.AssertEmpty(
            from field in GeneratedVmx.Runtime.Fields.Values
            where !recorded.Contains(field.Encoding)
            select $"0x{field.Encoding:X4} {field.Name}",
            "fields that are not recorded"
        );
    }

    [Fact]
    public void An_encoding_tells_the_recorded_width_type_and_index()
    {
        var differences = new Differences();
        foreach (var fact in VmcsFieldFacts.Read().Fields)
        {
            var field = (VmcsField)fact.Number;
            differences.Check(
                fact.Encoding,
                "width",
                fact.Width,
                field.Width switch
                {
                    VmcsFieldWidth.Bits16 => "16",
                    VmcsFieldWidth.Bits32 => "32",
                    VmcsFieldWidth.Bits64 => "64",
                    _ => "natural",
                }
            );
            differences.Check(
                fact.Encoding,
                "type",
                fact.Type,
                field.Type switch
                {
                    VmcsFieldType.Control => "control",
                    VmcsFieldType.ExitInformation => "exit-info",
                    VmcsFieldType.GuestState => "guest",
                    _ => "host",
                }
            );
            differences.Check(fact.Encoding, "index", fact.Index, field.Index);
            differences.Check(fact.Encoding, "read-only", fact.ReadOnlyClass, field.IsReadOnly);
            differences.Check(fact.Encoding, "well-formed", true, field.IsWellFormed);
        }
        differences.AssertNone(output);
    }

    [Fact]
    public void Fields_of_64_bits_and_no_others_have_a_high_half_at_the_next_encoding()
    {
        var differences = new Differences();
        var halves = new List<uint>();
        foreach (var fact in VmcsFieldFacts.Read().Fields)
        {
            var field = (VmcsField)fact.Number;
            differences.Check(fact.Encoding, "has a high half", fact.HighAlias.Exists, field.Width == VmcsFieldWidth.Bits64);
            if (fact.HighAlias.Encoding is not { } high)
                continue;
            if (!fact.Suspect)
                halves.Add(fact.Number);
            differences.Check(fact.Encoding, "high half", Hex.Parse(high), (uint)field.High);
            differences.Check(fact.Encoding, "the high half's field", field, ((VmcsField)Hex.Parse(high)).Full);
            differences.Check(fact.Encoding, "the high half's size", 4, field.High.Size);
        }
        output.WriteLine($"{halves.Count} high halves");
        differences.AssertNone(output);
        Assert.Equal(
            VmcsFields.All.ToArray().Where(static f => f.Field.Width == VmcsFieldWidth.Bits64).Select(static f => (uint)f.Field).Order(),
            halves.Order()
        );
    }

    [Fact]
    public void The_table_of_fields_lists_every_encoding_once_and_in_order()
    {
        var all = VmcsFields.All.ToArray();
        Assert.Equal(GeneratedVmx.Runtime.Fields.Keys.Order(), all.Select(static f => (uint)f.Field));
        Assert.All(all, static info => Assert.Equal(GeneratedVmx.Runtime.Fields[(uint)info.Field].Name, info.Name));
    }
}
