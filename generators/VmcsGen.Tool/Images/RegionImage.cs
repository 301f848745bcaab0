using System;
using System.Collections.Generic;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Regions;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Images;

/// <summary>A VMCS region, member by member, and what the checker says.</summary>
internal static class RegionImage
{
    /// <summary>Reads it.</summary>
    /// <param name="layout">How it lies there.</param>
    /// <param name="bytes">The image.</param>
    /// <param name="start">Where the region begins.</param>
    /// <param name="title">What it is.</param>
    /// <param name="machine">The machine that it is of; null if that is not known.</param>
    /// <param name="offset">Where the image begins in its file.</param>
    public static DecodedPart Read(
        RegionLayout layout,
        ReadOnlySpan<byte> bytes,
        int start,
        string title,
        MachineFacts? machine,
        long offset = 0
    )
    {
        if (bytes.Length - start < layout.UsedSize)
        {
            throw new InputException(
                $"the image ends at byte {offset + bytes.Length}, within the {layout.Name} of {layout.UsedSize} bytes that begins at byte {offset + start}. It is cut off, or something else."
            );
        }
        var region = new Region(layout, bytes[start..]);
        var values = new List<DecodedValue>();
        for (var i = 0; i < layout.Members.Count; i++)
        {
            var member = layout.Members[i];
            var value = region.Values[i];
            values.Add(new(NameOf(member), offset + start + member.Offset, $"0x{value:X}", Words(member, value), value == 0));
        }
        return new(title, values) { Finding = Finding.Of(region, machine) };
    }

    private static string NameOf(RegionMember member) =>
        member.Field is { } field && VmcsFields.TryFind(field, out var info) ? info.Name : member.Name;

    private static string Words(RegionMember member, ulong value) =>
        member.Field is { } field && VmcsFields.TryFind(field, out var info) && !FieldWords.IsNumber(info, value)
            ? FieldWords.Describe(info, value)
            : "";
}
