extern alias vmx;

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
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
        var details = new List<(string, string)>();
        if (native != manual)
            details.Add(("in the manual", manual));
        if (Enum.IsDefined((X86Msr)index) && X86MsrValues.WritableBitsOf((X86Msr)index) is var bits and not ulong.MaxValue)
            details.Add(("WRMSR takes 1 in", $"the bits 0x{bits:X}"));
        return new("msr", member.Name, native, index, $"MSR 0x{index:X}", details) { ManualName = manual };
    }
}
