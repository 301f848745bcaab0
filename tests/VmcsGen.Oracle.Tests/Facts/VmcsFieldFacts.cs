using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>The VMCS fields, as emulators, kernels and libraries list them.</summary>
internal sealed record VmcsFieldFacts(IReadOnlyList<VmcsFieldFact> Fields)
{
    public static VmcsFieldFacts Read() => FactsFile.Read<VmcsFieldFacts>("vmcs_fields.json");
}

/// <summary>A VMCS field and what its sources call it.</summary>
internal sealed record VmcsFieldFact(
    string Encoding,
    string Width,
    string Type,
    bool ReadOnlyClass,
    int Index,
    IReadOnlyDictionary<string, string> Names,
    HighAliasFact HighAlias,
    bool Suspect
)
{
    public uint Number => Hex.Parse(Encoding);

    /// <summary>The macro of the kernel, where it has one.</summary>
    public string? LinuxName => LinuxNames.Of(Names);

    /// <summary>What another source calls it, without what that says of the width and the area.</summary>
    public string OtherName
    {
        get
        {
            var name = Names.TryGetValue("bochs", out var bochs) ? bochs : Names.Values.First();
            foreach (var word in (ReadOnlySpan<string>)["VMCS_", "16BIT_", "32BIT_", "64BIT_", "CONTROL_"])
                name = name.StartsWith(word, StringComparison.Ordinal) ? name[word.Length..] : name;
            return name;
        }
    }
}

/// <summary>The second encoding of a 64-bit field: its high half.</summary>
internal sealed record HighAliasFact(bool Exists, string? Encoding);

/// <summary>The kernel's name among those of the sources. Names from branches outside of the kernel are none.</summary>
internal static class LinuxNames
{
    public static string? Of(IReadOnlyDictionary<string, string> names) =>
        names.TryGetValue("linux", out var name) || names.TryGetValue("linux_after_6_12", out name) ? name : null;
}

/// <summary>Numbers that the facts hold as text.</summary>
internal static class Hex
{
    public static uint Parse(string text) => uint.Parse(text["0x".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
