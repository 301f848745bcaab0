using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Facts;

/// <summary>KVM's interface on x86-64, as headers have it: <c>kvm_x86_64.json</c> and <c>kvm612_x86_64.json</c>.</summary>
internal static class KvmRecord
{
    // What only the kernel itself defines, and headers use: "make headers_install" takes __user out, copies in other projects keep it.
    private static readonly string[] s_kernelTerms = ["PAGE_SIZE=4096", "SZ_64K=65536", "__user="];

    /// <summary>Makes it.</summary>
    /// <param name="kernel">What the file says of which kernel it is.</param>
    /// <param name="folders">Folders with linux/kvm.h and asm/kvm.h, as <c>make headers_install</c> makes them.</param>
    public static JsonObject Of(string kernel, IReadOnlyList<string> folders)
    {
        var header = Read(folders);
        return new()
        {
            ["kernel"] = kernel,
            ["structs"] = Map(header.Records.Where(static record => record.Members.Count > 0), static record => record.Tag, Struct),
            ["ioctls"] = Map(header.Ioctls, static ioctl => ioctl.Name, Ioctl),
            ["other_ioctls"] = OtherIoctls(header),
            ["constants"] = Map(
                header.Constants.Where(static constant => constant.Text is null),
                static constant => constant.Name,
                static constant => Number(constant.Value)
            ),
        };
    }

    /// <summary>What headers declare.</summary>
    public static CInterface Read(IReadOnlyList<string> folders) =>
        HeaderReader.Read(new(["linux/kvm.h", "asm/kvm.h"]), new(ClangTarget.X64, folders, s_kernelTerms));

    /// <summary>The ioctls whose arguments the machine does not have.</summary>
    public static JsonArray OtherIoctls(CInterface header) =>
        Names(header.Others.Where(static other => other.IsIoctl).Select(static other => other.Name));

    /// <summary>Names in their order.</summary>
    public static JsonArray Names(IEnumerable<string> names) =>
        new([.. names.Order(StringComparer.Ordinal).Select(static name => (JsonNode)name)]);

    /// <summary>Things by name.</summary>
    public static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode> value) =>
        new(items.OrderBy(name, StringComparer.Ordinal).Select(item => KeyValuePair.Create(name(item), (JsonNode?)value(item))));

    private static JsonObject Struct(CRecord record)
    {
        var members = new JsonArray();
        Add(members, record, "", 0);
        return new()
        {
            ["size"] = record.Size,
            ["align"] = record.Align,
            ["members"] = members,
        };
    }

    // Members by the paths that C code writes: what lies in structs and unions without a name is their parent's.
    private static void Add(JsonArray members, CRecord record, string prefix, int start)
    {
        foreach (var member in record.Members)
        {
            var offset = start + member.Offset;
            if (member.IsAnonymous)
                Add(members, member.Nested!, prefix, offset);
            // Bits without a name, and the empty struct that C needs for a flexible array in a union.
            if (member.Name.Length == 0 || member.Nested is { Members.Count: 0 })
                continue;
            members.Add((JsonNode)Member(member, prefix + member.Name, offset));
            if (member.Nested is { } nested)
                Add(members, nested, prefix + member.Name + (IsArray(member) ? "[]." : "."), offset);
        }
    }

    private static JsonObject Member(CMember member, string path, int offset)
    {
        var fact = new JsonObject
        {
            ["path"] = path,
            [member.Bits is null ? "offset" : "bit"] = member.Bits is null ? offset / 8 : offset,
            [member.Bits is null ? "size" : "bits"] = member.Bits ?? member.Size,
            ["type"] = member.Nested is { } nested ? $"{nested.Keyword} <anonymous>" : member.Type.Element,
        };
        if (member.Type.Bounds.Count > 0)
            fact["dims"] = new JsonArray([.. member.Type.Bounds.Select(static bound => (JsonNode)bound)]);
        if (member.Type.IsFlexible)
            fact["flexible"] = true;
        return fact;
    }

    private static bool IsArray(CMember member) => member.Type.IsFlexible || member.Type.Bounds.Count > 0;

    private static JsonObject Ioctl(CIoctl ioctl)
    {
        var fact = new JsonObject
        {
            ["value"] = ioctl.Request,
            ["number"] = ioctl.Number,
            ["direction"] = ioctl.Direction,
        };
        if (ioctl.Argument is { } argument)
            fact["argument"] = argument.Spelling;
        return fact;
    }

    /// <summary>A number of any type of C.</summary>
    public static JsonNode Number(Int128 value) => value > long.MaxValue ? (ulong)value : (long)value;
}
