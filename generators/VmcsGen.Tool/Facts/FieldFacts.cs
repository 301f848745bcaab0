using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Facts;

/// <summary>VMCS fields.</summary>
internal static class FieldFacts
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => VmcsFields.All.ToArray().Select(Of);

    private static Fact Of(VmcsFieldInfo info)
    {
        var field = info.Field;
        var details = new List<(string, string)>
        {
            ("encoding", $"0x{(uint)field:X4}: {field.Type}, {field.Width}, index {field.Index}"),
            ("access", field.IsReadOnly ? "VMREAD; VMWRITE where the processor allows writes to any field" : "VMREAD and VMWRITE"),
        };
        if (field.Width == VmcsFieldWidth.Bits64)
            details.Add(("high half", $"0x{(uint)field.High:X4}"));
        details.Add(("exists", info.ExistsWhen is { } when ? $"where {when} can be 1" : "always"));
        if (info.Check is { } check)
            details.Add(("VM entry demands", Words(check)));
        AddPlace(details, "vmcs12 of KVM", Vmcs12.Members, field);
        AddPlace(details, "enlightened VMCS", EnlightenedVmcs.Members, field);
        var rules = VmEntryChecker.Rules.Where(rule => rule.Name.StartsWith(info.Name, StringComparison.Ordinal)).ToArray();
        if (rules.Length != 0)
            details.Add(("rules", string.Join(", ", rules.Select(static rule => rule.ToString()))));
        return new("field", info.Name, info.NativeName, (uint)field, $"VMCS field 0x{(uint)field:X4}", details);
    }

    private static void AddPlace(List<(string, string)> details, string layout, ReadOnlySpan<VmcsLayoutMember> members, VmcsField field)
    {
        foreach (var member in members)
        {
            if (member.Field == field)
                details.Add((layout, $"offset 0x{member.Offset:X}, {member.Size} bytes, {member.NativeName ?? member.Name}"));
        }
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
