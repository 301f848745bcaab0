using System.Collections.Generic;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Readers of the items of the VMX kinds. Each returns null when a required part is missing or unreadable.</summary>
internal static class VmxReaders
{
    public static VmcsFieldItem? Field(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "VMCS field", errors);
        var item = new VmcsFieldItem(
            map.Name("name"),
            map.Doc(),
            map.Number("encoding", uint.MaxValue),
            map.OptionalText("type"),
            map.Texts("exists-when"),
            map.OptionalMap("check", check => Check(check, errors))
        );
        map.End();
        return map.Failed ? null : item;
    }

    private static FieldCheckItem? Check(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "check", errors);
        var form = map.Choice(
            "value",
            ValueForm.Any,
            ("physical-address", ValueForm.PhysicalAddress),
            ("canonical", ValueForm.Canonical),
            ("nonzero", ValueForm.Nonzero),
            ("memory-types", ValueForm.MemoryTypes)
        );
        var zeroBits = BitList.Read(map, "zero-bits");
        if (!map.Failed && form == ValueForm.Any && zeroBits is null)
            map.Fail(DiagnosticIds.UnfittingSpec, map.At, "A check says what is demanded of the field: state 'value' or 'zero-bits'");
        var item = new FieldCheckItem(map.At, form, zeroBits ?? new(0, map.At), map.OptionalText("when"), map.OptionalText("see")?.Value);
        map.End();
        return map.Failed ? null : item;
    }

    public static BitFieldItem? BitField(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "bit-field", errors);
        var extends = map.OptionalName("extends");
        var size = extends is null ? map.Size("size") : 0;
        var name = extends ?? map.Name("name");
        var doc = map.Doc();
        var capability = map.OptionalText("capability");
        var trueCapability = map.OptionalText("true-capability");
        var word = map.OptionalName("word");
        var activatedBy = map.OptionalText("activated-by");
        var parts = map.List("bits", part => Part(part, errors));
        map.End();
        return map.Failed ? null : new(name, doc, extends is not null, size, capability, trueCapability, word, activatedBy, parts);
    }

    private static BitPartItem? Part(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "bit", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var single = map.OptionalNumber("bit", 63);
        // One bit is a number, and so no text either.
        if (map.Node("bits") is SpecScalar { Text: var text } one && MapReader.TryParseNumber(text, out _))
        {
            map.Fail(DiagnosticIds.WrongValue, one.At, one.Description, "bits", "a range lo-hi", $" For one bit, say 'bit: {text}'.");
            map.OptionalNumber("bit");
            map.OptionalText("enum");
            map.Flag("in-place");
            map.End();
            return null;
        }
        var range = map.OptionalText("bits");
        Spot<int> low = default;
        var high = 0;
        if (single is { } bit && range is null)
        {
            low = new((int)bit.Value, bit.At);
            high = low.Value;
        }
        else if (range is { } bits && single is null)
        {
            if (!BitList.TryParseRange(map, bits, out var lo, out high) && !map.Failed)
                map.Fail(
                    DiagnosticIds.WrongValue,
                    bits.At,
                    $"'{bits.Value}'",
                    "bits",
                    "a range lo-hi, the lower bit first, within 0-63",
                    ""
                );
            low = new(lo, bits.At);
        }
        else if (single is not null && range is { } second)
        {
            map.Fail(DiagnosticIds.UnfittingSpec, second.At, "A part has either a 'bit' or a range of 'bits': leave one out");
        }
        else if (!map.Failed)
        {
            map.Fail(DiagnosticIds.MissingKey, map.At, "bit", "bit' or 'bits");
        }
        var item = new BitPartItem(name, doc, low, high, map.OptionalText("enum"), map.Flag("in-place"));
        map.End();
        return map.Failed ? null : item;
    }

    public static EnumItem? Enum(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "enum", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var size = map.Size("size");
        var form = map.Flag("flags") ? EnumForm.Flags : EnumForm.Enum;
        var hasTexts = map.Flag("texts");
        var values = map.List("values", value => Value(value, errors));
        map.End();
        return map.Failed ? null : new(name, doc, form, size, IsSigned: false, hasTexts, values);
    }

    private static EnumValueItem? Value(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "enum value", errors);
        var item = new EnumValueItem(map.Name("name"), map.Doc(), map.Number("value"));
        map.End();
        return map.Failed ? null : item;
    }

    public static LayoutItem? Layout(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "layout", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var size = map.Int("size", 0xFFFF);
        var revision = map.OptionalNumber("revision", uint.MaxValue)?.Value;
        var cleanFields = map.OptionalName("clean-fields");
        var fields = map.List("fields", field => LayoutField(field, errors));
        map.End();
        return map.Failed ? null : new(name, doc, size, revision, cleanFields, fields);
    }

    private static LayoutFieldItem? LayoutField(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "layout field", errors);
        var stored = map.OptionalName("field");
        var type = stored is null ? map.Text("type") : map.OptionalText("type");
        var own = stored is null ? map.Name("name") : map.OptionalName("name");
        if (stored is not null && type is { } typed)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                typed.At,
                "A layout field that stores a VMCS field has that field's type: leave 'type' out"
            );
        if (stored is not null && own is { } named)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                named.At,
                "A layout field that stores a VMCS field has that field's name: leave 'name' out"
            );
        var group = map.OptionalName("group");
        if (stored is null && group is { } grouped)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                grouped.At,
                "A layout field that stores no VMCS field belongs to no group of clean fields: leave 'group' out"
            );
        var item = new LayoutFieldItem(stored ?? own ?? default, map.Doc(), map.Int("offset", 0xFFFF), stored is not null, type, group);
        map.End();
        return map.Failed ? null : item;
    }
}
