using System.Collections.Generic;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Reads C structs and unions, and their members at any depth.</summary>
internal static class StructReaders
{
    // As much as gcc takes for an object file.
    private const int MaximumAlignment = 1 << 12;

    private const int MaximumSize = 1 << 20;

    public static StructItem? Struct(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "struct", errors);
        var name = map.NativeName("name");
        var isUnion = Has(node, "union") && !Has(node, "members");
        var item = new StructItem(
            name,
            map.Doc(name.Value),
            map.OptionalText("capability"),
            KvmReaders.CSharpName(map, name),
            map.Int("size", MaximumSize),
            isUnion,
            map.Flag("packed"),
            Alignment(map)?.Value,
            map.List(isUnion ? "union" : "members", member => Member(member, errors))
        );
        map.Knows(isUnion ? "members" : "union");
        if (Has(node, "union") && !isUnion)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                node.At,
                "An item has 'members', which follow each other, or 'union' with members of which there is one at a time: state one of them"
            );
        map.End();
        return map.Failed ? null : item;
    }

    private static MemberItem? Member(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "member", errors);
        var form =
            Has(node, "struct") ? MemberForm.Struct
            : Has(node, "union") ? MemberForm.Union
            : MemberForm.Field;
        // A bit-field without a name is space between others.
        var name =
            form == MemberForm.Field && !Has(node, "bits") ? map.NativeName("name") : map.OptionalNativeName("name") ?? new("", map.At);
        var item = new MemberItem(
            name,
            map.Doc(name.Value),
            form,
            form == MemberForm.Field ? map.Text("type") : null,
            form == MemberForm.Field ? default : map.List(form == MemberForm.Struct ? "struct" : "union", member => Member(member, errors)),
            KvmReaders.CSharpName(map, name),
            map.OptionalName("csharp-type")?.Value,
            map.OptionalName("enum"),
            map.OptionalText("count"),
            map.Choice(
                "counts",
                (CountUnit?)CountUnit.Elements,
                ("elements", CountUnit.Elements),
                ("bytes", CountUnit.Bytes),
                ("all-bytes", CountUnit.AllBytes)
            ),
            map.OptionalInt("bits", 64),
            map.OptionalInt("length", MaximumSize),
            Alignment(map),
            map.Flag("packed"),
            map.Flag("flag"),
            map.Flag("padding")
        )
        {
            Architectures = ArchitectureReader.Read(map, errors),
        };
        map.End();
        return map.Failed ? null : item;
    }

    private static Spot<int>? Alignment(MapReader map)
    {
        var align = map.OptionalInt("align", MaximumAlignment);
        if (align is { } given && (given.Value == 0 || (given.Value & (given.Value - 1)) != 0))
            map.Fail(DiagnosticIds.WrongValue, given.At, $"'{given.Value}'", "align", $"a power of two up to {MaximumAlignment}", "");
        return align;
    }

    private static bool Has(SpecMap node, string key) => node.Entries.Exists(e => e.Key.Text == key);
}
