using System.Collections.Generic;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Reads groups of a header's constants.</summary>
internal static class ConstantReaders
{
    public static EnumItem? Group(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "group of constants", errors);
        var name = map.Name("name");
        var doc = new ItemDoc(map.OptionalText("doc")?.Value, null, null, map.OptionalText("see")?.Value);
        var form = map.Choice(
            "form",
            (EnumForm?)null,
            ("enum", EnumForm.Enum),
            ("flags", EnumForm.Flags),
            ("constants", EnumForm.Constants)
        );
        var size = map.Size("size", 32);
        var isSigned = map.Flag("signed");
        var hasTexts = map.Flag("texts");
        var prefix = map.OptionalText("prefix")?.Value ?? "";
        if (hasTexts && form == EnumForm.Constants && !map.Failed)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                map.At,
                "A class of constants is no type whose values could be told by name: leave 'texts' out, or make it an enum"
            );
        var values = map.List("values", value => Constant(value, form, prefix, errors));
        map.End();
        return map.Failed ? null : new(name, doc, form, size, isSigned, hasTexts, values);
    }

    private static EnumValueItem? Constant(SpecMap node, EnumForm form, string prefix, ErrorList errors)
    {
        var map = new MapReader(node, "constant", errors);
        var native = map.NativeName("name");
        var csharp = KvmReaders.CSharpName(map, native, prefix) ?? CSharpNames.Pascal(native.Value, prefix);
        var doc = map.Doc(native.Value);
        var text = map.OptionalText("text");
        var value = text is null ? map.Expression("value") : new("", map.At);
        var overlaps = map.OptionalText("overlaps")?.Value;
        if (text is { } given)
        {
            if (map.Node("value") is not null)
                map.Fail(DiagnosticIds.UnfittingSpec, given.At, $"'{native.Value}' has a value and a text: a constant is one of them");
            else if (form != EnumForm.Constants)
                map.Fail(
                    DiagnosticIds.UnfittingSpec,
                    given.At,
                    $"'{native.Value}' is a text, which an enum cannot have: put it into a group of the form 'constants'"
                );
        }
        var architectures = ArchitectureReader.Read(map, errors);
        map.End();
        return map.Failed
            ? null
            : new(new(csharp, native.At), doc, default, new(native, value, text, overlaps)) { Architectures = architectures };
    }
}
