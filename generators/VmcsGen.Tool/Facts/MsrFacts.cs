extern alias vmx;

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;
using X86Msr = vmx::VmcsGen.X86.X86Msr;
using X86MsrValues = vmx::VmcsGen.X86.X86MsrValues;

namespace VmcsGen.Tool.Facts;

/// <summary>Model-specific registers.</summary>
internal static class MsrFacts
{
    private static readonly Lazy<Dictionary<ulong, string>> s_names = new(static () =>
        All.ToDictionary(static fact => fact.Number!.Value, static fact => fact.NativeName ?? fact.Name)
    );

    /// <summary>An MSR by name and number, or by its number alone.</summary>
    public static string NameOf(uint index) =>
        s_names.Value.TryGetValue(index, out var name) ? $"{name} (0x{index:X})" : $"MSR 0x{index:X}";

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All =>
        typeof(VmxMsr)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Concat(typeof(X86Msr).GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(Of)
            .DistinctBy(static fact => fact.Number);

    private static Fact Of(FieldInfo member)
    {
        var index = Convert.ToUInt32(member.GetRawConstantValue(), CultureInfo.InvariantCulture);
        var manual = VmxMsrNames.NameOf(member.Name);
        var native = NativeNames.Of(member) ?? manual;
        return new("msr", member.Name, native, index, $"MSR 0x{index:X}", () => Describe(member, index, native != manual ? manual : null))
        {
            ManualName = manual,
            Table = () => BitTable.Rows(SpecSet.Processor, SpecOf(member)?.Type),
        };
    }

    private static IEnumerable<(string, string)> Describe(FieldInfo member, uint index, string? manual)
    {
        var doc = SpecOf(member)?.Doc;
        foreach (var detail in ItemWords.Meaning(doc))
            yield return detail;
        if (manual is not null)
            yield return ("in the manual", manual);
        if (Enum.IsDefined((X86Msr)index) && X86MsrValues.WritableBitsOf((X86Msr)index) is var bits and not ulong.MaxValue)
            yield return ("WRMSR takes 1 in", $"the bits 0x{bits:X}");
        if (member.DeclaringType!.IsPublic)
            yield return ("in C#", $"{member.DeclaringType.Name}.{member.Name}");
        foreach (var detail in ItemWords.Origin(doc is null ? null : doc with { Sdm = null }))
            yield return detail;
    }

    private static MsrMember? SpecOf(FieldInfo member) =>
        SpecSet.Processor.Units.OfType<MsrUnit>().SelectMany(static unit => unit.Members).FirstOrDefault(msr => msr.Name == member.Name);
}
