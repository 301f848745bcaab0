using System.Collections.Generic;
using System.Globalization;
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
            map.Name("name"), map.Doc(), map.Number("encoding", uint.MaxValue), map.OptionalText("type"), map.Texts("exists-when"),
            map.OptionalMap("check") is { } check ? Check(check, errors) : null);
        map.End();
        return map.Failed ? null : item;
    }

    private static FieldCheckItem? Check(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "check", errors);
        var form = map.Choice("value", ValueForm.Any, ("physical-address", ValueForm.PhysicalAddress), ("canonical", ValueForm.Canonical),
            ("nonzero", ValueForm.Nonzero), ("memory-types", ValueForm.MemoryTypes));
        var zeroBits = 0UL;
        var at = map.At;
        foreach (var bits in map.Texts("zero-bits", orBits: true))
        {
            at = bits.At;
            var isBit = MapReader.TryParseNumber(bits.Value, out var bit) && bit <= 63;
            var (low, high) = ((int)bit, (int)bit);
            if (isBit || TryParseRange(map, bits, out low, out high))
                zeroBits |= ulong.MaxValue >> (63 - high + low) << low;
            else if (!map.Failed)
                map.Fail(DiagnosticIds.WrongValue, at, $"'{bits.Value}'", "zero-bits", "a bit or a range lo-hi, the lower bit first, within 0-63", "");
        }
        if (!map.Failed && form == ValueForm.Any && zeroBits == 0)
            map.Fail(DiagnosticIds.UnfittingSpec, map.At, "A check says what is demanded of the field: state 'value' or 'zero-bits'");
        var item = new FieldCheckItem(map.At, form, new(zeroBits, at), map.OptionalText("when"), map.OptionalText("see")?.Value);
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
        var parts = new List<BitPartItem>();
        foreach (var child in map.Maps("bits"))
        {
            if (Part(child, errors) is { } part)
                parts.Add(part);
        }
        map.End();
        return map.Failed ? null : new(name, doc, extends is not null, size, capability, trueCapability, parts.ToEquatable());
    }

    private static BitPartItem? Part(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "bit", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var single = map.OptionalNumber("bit", 63);
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
            if (!TryParseRange(map, bits, out var lo, out high) && !map.Failed)
                map.Fail(DiagnosticIds.WrongValue, bits.At, $"'{bits.Value}'", "bits", "a range lo-hi, the lower bit first, within 0-63", "");
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
        var values = new List<EnumValueItem>();
        foreach (var child in map.Maps("values"))
        {
            var value = new MapReader(child, "enum value", errors);
            var item = new EnumValueItem(value.Name("name"), value.Doc(), value.Number("value"));
            value.End();
            if (!value.Failed)
                values.Add(item);
        }
        map.End();
        return map.Failed ? null : new(name, doc, form, size, IsSigned: false, hasTexts, values.ToEquatable());
    }

    public static LayoutItem? Layout(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "layout", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var size = map.Int("size", 0xFFFF);
        var revision = map.OptionalNumber("revision", uint.MaxValue)?.Value;
        var cleanFields = map.OptionalName("clean-fields");
        var fields = new List<LayoutFieldItem>();
        foreach (var child in map.Maps("fields"))
        {
            var field = new MapReader(child, "layout field", errors);
            var stored = field.OptionalName("field");
            Spot<string>? type = stored is null ? field.Text("type") : field.OptionalText("type");
            var own = stored is null ? field.Name("name") : field.OptionalName("name");
            if (stored is not null && type is { } typed)
                field.Fail(DiagnosticIds.UnfittingSpec, typed.At, "A layout field that stores a VMCS field has that field's type: leave 'type' out");
            if (stored is not null && own is { } named)
                field.Fail(DiagnosticIds.UnfittingSpec, named.At, "A layout field that stores a VMCS field has that field's name: leave 'name' out");
            var group = field.OptionalName("group");
            if (stored is null && group is { } grouped)
                field.Fail(DiagnosticIds.UnfittingSpec, grouped.At, "A layout field that stores no VMCS field belongs to no group of clean fields: leave 'group' out");
            var item = new LayoutFieldItem(stored ?? own ?? default, field.Doc(), field.Int("offset", 0xFFFF), stored is not null, type, group);
            field.End();
            if (!field.Failed)
                fields.Add(item);
        }
        map.End();
        return map.Failed ? null : new(name, doc, size, revision, cleanFields, fields.ToEquatable());
    }

    public static MsrItem? Msr(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "MSR", errors);
        var item = new MsrItem(map.Name("name"), map.Doc(), map.Number("index", uint.MaxValue), map.OptionalText("type"));
        map.End();
        return map.Failed ? null : item;
    }

    private static bool TryParseRange(MapReader map, Spot<string> range, out int low, out int high)
    {
        (low, high) = (0, 0);
        var parts = range.Value.Split('-');
        if (parts.Length != 2 || !IsBit(parts[0], out low) || !IsBit(parts[1], out high))
            return false;
        if (low < high)
            return true;
        map.Fail(DiagnosticIds.UnfittingSpec, range.At, $"'{range.Value}' is no range: it is written lo-hi, the lower bit first");
        return false;
    }

    private static bool IsBit(string text, out int bit) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bit) && bit <= 63;
}
