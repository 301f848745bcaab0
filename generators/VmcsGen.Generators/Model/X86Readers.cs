using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Model;

/// <summary>Readers of the items that belong to the processor, whoever uses them.</summary>
internal static class X86Readers
{
    // Basic, hypervisor, extended and vendor leaves: of each range the first 256.
    private const ulong LeafBits = 0xC000_00FF;

    public static MsrItem? Msr(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "MSR", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var index = map.Number("index", uint.MaxValue);
        var type = map.OptionalText("type");
        var isReadOnly = map.Flag("read-only");
        var form = map.Choice(
            "value",
            (ValueForm?)ValueForm.Any,
            ("canonical", ValueForm.Canonical),
            ("memory-types", ValueForm.MemoryTypes)
        );
        var writable = BitList.Read(map, "writable-bits");
        if (isReadOnly && !map.Failed && (writable is not null || form != ValueForm.Any))
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                map.At,
                "WRMSR refuses every value of a read-only MSR: leave out 'writable-bits' and 'value', or 'read-only'"
            );
        map.End();
        return map.Failed ? null : new(name, doc, index, type, isReadOnly ? 0 : writable?.Value, form);
    }

    public static CpuidFeatureItem? Feature(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "CPUID feature", errors);
        var name = map.Name("name");
        var doc = map.Doc();
        var leaf = map.Number("leaf", uint.MaxValue);
        if (!map.Failed && (leaf.Value & ~LeafBits) != 0)
            map.Fail(
                DiagnosticIds.WrongValue,
                leaf.At,
                $"'0x{leaf.Value:X}'",
                "leaf",
                "one of the first 256 leaves of a range: 0x0-0xFF, 0x40000000-0x400000FF, 0x80000000-0x800000FF or 0xC0000000-0xC00000FF",
                ""
            );
        var item = new CpuidFeatureItem(
            name,
            doc,
            leaf,
            (int)(map.OptionalNumber("subleaf", 0xFF)?.Value ?? 0),
            map.Choice(
                "register",
                (CpuidRegister?)null,
                ("eax", CpuidRegister.Eax),
                ("ebx", CpuidRegister.Ebx),
                ("ecx", CpuidRegister.Ecx),
                ("edx", CpuidRegister.Edx)
            ),
            map.Int("bit", 31).Value
        );
        map.End();
        return map.Failed ? null : item;
    }
}
