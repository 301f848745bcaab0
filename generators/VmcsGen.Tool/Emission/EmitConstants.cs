using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Emission;

/// <summary>Makes constants for other languages of what the specs have names for.</summary>
internal static class EmitConstants
{
    /// <summary>The constants of a unit; none of units that are something else.</summary>
    /// <param name="unit">What would be emitted as C#.</param>
    /// <param name="isMeant">Whether an item of this name is emitted.</param>
    public static IEnumerable<EmitConstant> Of(EmitUnit unit, Func<string, bool> isMeant) =>
        unit switch
        {
            EnumUnit one => one.Members.Select(member => Of(one, member)),
            BitFieldUnit one => one.Parts.SelectMany(part => Of(one.Name, one.Size, part)),
            MsrUnit one => one
                .Members.Where(member => isMeant(member.Name))
                .Select(static member => Number(member.Doc.Native ?? $"MSR_{EmitNames.Upper(member.Name)}", member.Index, 32, member.Doc)),
            CpuidUnit one => one.Features.Where(feature => isMeant(feature.Name)).Select(Of),
            FieldTableUnit one => one
                .Fields.Where(field => isMeant(field.Name))
                .Select(static field => Number(field.Doc.Native ?? $"VMCS_{EmitNames.Upper(field.Name)}", field.Encoding, 32, field.Doc)),
            IoctlNumbersUnit one => one
                .Members.Where(member => member.IsNative && isMeant(member.Name))
                .Select(static member => Number(member.Name, member.Request, 32, member.Doc)),
            _ => [],
        };

    /// <summary>Each name once. Where two numbers have one name, neither is emitted: a reader could not tell which is meant.</summary>
    public static IReadOnlyList<EmitConstant> Distinct(IEnumerable<EmitConstant> constants) =>
        [
            .. constants
                .GroupBy(static one => one.Name, StringComparer.Ordinal)
                .Where(static same => same.All(one => (one.Bits, one.Text) == (same.First().Bits, same.First().Text)))
                .Select(static same => same.First()),
        ];

    private static EmitConstant Of(EnumUnit type, EnumMember member) =>
        new(
            member.Doc.Native ?? $"{EmitNames.Upper(type.Name)}_{EmitNames.Upper(member.Name)}",
            member.Value,
            type.Integer.Bits,
            type.Integer.IsSigned,
            member.Text,
            member.Doc.Text
        );

    private static IEnumerable<EmitConstant> Of(string field, int size, BitPart part)
    {
        var name = $"{EmitNames.Upper(field)}_{EmitNames.Upper(part.Name)}";
        var mask = (part.Width == 64 ? ulong.MaxValue : (1UL << part.Width) - 1) << part.Low;
        yield return Number($"{name}_MASK", mask, size, part.Doc);
        yield return Number($"{name}_SHIFT", (ulong)part.Low, 32, part.Doc);
    }

    // The bit in its register, by the name that says where to look: CPUID_7_0_EBX_SMEP.
    private static EmitConstant Of(CpuidFeature feature)
    {
        var (leaf, subleaf, register, bit) = CpuidPlace.Decode(feature.Place);
        var where = $"{leaf:X}_{subleaf}_{EmitNames.Upper(register.ToString())}";
        return Number($"CPUID_{where}_{EmitNames.Upper(feature.Name)}", 1UL << bit, 32, feature.Doc);
    }

    private static EmitConstant Number(string name, ulong value, int width, ItemDoc doc) =>
        new(name, value, width, IsSigned: false, null, doc.Text);
}
