using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Facts;

/// <summary>VMCS fields.</summary>
internal static class FieldFacts
{
    private static readonly Lazy<Dictionary<ulong, Generators.Units.VmcsField>> s_specs = new(static () =>
        SpecSet.Processor.Units.OfType<FieldTableUnit>().SelectMany(static unit => unit.Fields).ToDictionary(static field => field.Encoding)
    );

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => VmcsFields.All.ToArray().Select(Of);

    /// <summary>The field that a rule of VM entry is called after; null for rules about more than one.</summary>
    public static string? NameIn(string rule) =>
        VmcsFields
            .All.ToArray()
            .Select(static info => info.Name)
            .Where(name => rule.StartsWith(name, StringComparison.Ordinal))
            .MaxBy(static name => name.Length);

    private static Fact Of(VmcsFieldInfo info) =>
        new("field", info.Name, info.NativeName, (uint)info.Field, $"VMCS field 0x{(uint)info.Field:X4}", () => Describe(info))
        {
            Group = info.Field.Type.ToString(),
            Table = () => BitTable.Rows(SpecSet.Processor, s_specs.Value.GetValueOrDefault((uint)info.Field)?.Type),
        };

    private static IEnumerable<(string, string)> Describe(VmcsFieldInfo info)
    {
        var field = info.Field;
        var spec = s_specs.Value.GetValueOrDefault((uint)field);
        foreach (var detail in ItemWords.Meaning(spec?.Doc))
            yield return detail;
        yield return ("encoding", $"0x{(uint)field:X4}: {field.Type}, {field.Width}, index {field.Index}");
        yield return ("access", field.IsReadOnly ? "VMREAD; VMWRITE where the processor allows writes to any field" : "VMREAD and VMWRITE");
        if (field.Width == VmcsFieldWidth.Bits64)
            yield return ("high half", $"0x{(uint)field.High:X4}");
        yield return ("exists", info.ExistsWhen is { } when ? $"where {when} can be 1" : "always");
        if (info.Check is { } check)
            yield return ("VM entry demands", Words(check));
        foreach (var place in Places("vmcs12 of KVM", Vmcs12.Members, field))
            yield return place;
        foreach (var place in Places("enlightened VMCS", EnlightenedVmcs.Members, field))
            yield return place;
        var rules = VmEntryChecker.Rules.Where(rule => rule.Name.StartsWith(info.Name, StringComparison.Ordinal)).ToArray();
        if (rules.Length != 0)
            yield return ("rules", string.Join(", ", rules.Select(static rule => rule.ToString())));
        yield return ("in C#", $"VmcsField.{info.Name}; Vmcs.{info.Name}, a {spec?.Type}");
        foreach (var detail in ItemWords.Origin(spec?.Doc))
            yield return detail;
    }

    private static List<(string, string)> Places(string layout, ReadOnlySpan<VmcsLayoutMember> members, Vmx.VmcsField field)
    {
        var places = new List<(string, string)>();
        foreach (var member in members)
        {
            if (member.Field == field)
                places.Add((layout, $"offset 0x{member.Offset:X}, {member.Size} bytes, {member.NativeName ?? member.Name}"));
        }
        return places;
    }

    private static string Words(VmcsFieldCheck check)
    {
        var words = new List<string>();
        if (check.Form != VmcsValueForm.Any)
            words.Add(check.Form.ToString());
        if (check.ZeroBits != 0)
            words.Add($"0 in the bits 0x{check.ZeroBits:X}");
        if (check.ControlBit != 0)
            words.Add($"while bit 0x{check.ControlBit:X} of {VmcsFields.NameOf(check.ControlField)} is 1");
        return $"{string.Join(", ", words)}{(check.Source is { } source ? $" ({source})" : "")}";
    }
}
