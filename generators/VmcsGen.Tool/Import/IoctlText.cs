using System;
using System.Collections.Generic;
using System.Globalization;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Ioctls of headers as specs write them.</summary>
internal static class IoctlText
{
    /// <summary>The C# type of a file descriptor, when nothing tells a better one.</summary>
    public const string AnyDescriptor = "SafeFileHandle";

    /// <summary>An ioctl as an element of a list.</summary>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="fileType">The type byte that the file states for all; null for none.</param>
    /// <param name="descriptor">Which descriptor has it, as the text of the key.</param>
    /// <param name="hasMethod">Whether it gets a method: two with one number on one descriptor cannot be told apart.</param>
    public static IEnumerable<string> Of(CIoctl ioctl, int indent, uint? fileType, string descriptor, bool hasMethod)
    {
        var entries = new List<(string, string)>
        {
            ("name", ioctl.Name),
            ("number", string.Create(CultureInfo.InvariantCulture, $"0x{ioctl.Number:X2}")),
        };
        if (fileType != ioctl.Type)
            entries.Add(("type", Type(ioctl.Type)));
        entries.Add(("direction", ioctl.Direction));
        if (ioctl.Argument is { } argument)
        {
            entries.Add(("argument", YamlText.Value(ArgumentOf(ioctl, argument))));
            // The type that the macro names is that of an address: what is passed is this address.
            if (CType.Parse(argument.Spelling) is { IsArray: false } type && CScalar.Find(type)?.Sort == CScalarSort.Pointer)
                entries.Add(("takes", "value"));
        }
        entries.Add(("descriptor", descriptor));
        if (!hasMethod)
            entries.Add(("method", "none"));
        return YamlText.Item(indent, entries);
    }

    /// <summary>The type byte of KVM's ioctls, which specs have without stating it.</summary>
    public const uint Kvm = 0xAE;

    /// <summary>The type byte that a spec states.</summary>
    public static uint? TypeOf(string? text) =>
        text is [var c] && !char.IsAsciiDigit(c) ? c
        : text is not null && SpecNumber.TryParse(text, out var number) && number <= byte.MaxValue ? (uint)number
        : null;

    /// <summary>The edits that give an ioctl of a spec the header's number.</summary>
    public static IEnumerable<TextEdit> Correct(SpecIoctl item, CIoctl ioctl)
    {
        var (text, node) = (item.File.Text, item.Node);
        if (!SpecNumber.TryParse(node.Text("number") ?? "", out var number) || number != ioctl.Number)
            yield return ListEditing.Set(text, node, "number", string.Create(CultureInfo.InvariantCulture, $"0x{ioctl.Number:X2}"), "name");
        if ((TypeOf(node.Text("type")) ?? TypeOf(item.File.Root.Text("type")) ?? Kvm) != ioctl.Type)
            yield return ListEditing.Set(text, node, "type", Type(ioctl.Type), "number");
        if (node.Text("direction") != ioctl.Direction)
            yield return ListEditing.Set(text, node, "direction", ioctl.Direction, "number");
        if (ioctl.Argument is { } argument && Leaf.Meaning(item.Argument ?? "") != Leaf.Meaning(ArgumentOf(ioctl, argument)))
            yield return ListEditing.Set(text, node, "argument", YamlText.Value(ArgumentOf(ioctl, argument)), "direction");
        if (node["request"] is not null && (!SpecNumber.TryParse(node.Text("request") ?? "", out var request) || request != ioctl.Request))
            yield return ListEditing.Set(
                text,
                node,
                "request",
                string.Create(CultureInfo.InvariantCulture, $"0x{ioctl.Request:X8}"),
                "name"
            );
    }

    /// <summary>A type byte: a character where it is one.</summary>
    public static string Type(uint type) =>
        type is > ' ' and < 0x7F and not '\'' and not (>= '0' and <= '9')
            ? $"'{(char)type}'"
            : string.Create(CultureInfo.InvariantCulture, $"0x{type:X2}");

    /// <summary>An array is passed as a struct with the array as its member.</summary>
    public static CRecord? ArrayArgument(CIoctl ioctl) =>
        ioctl.Argument is { Bounds.Count: > 0 } argument
            ? new(
                ArgumentOf(ioctl, argument)["struct ".Length..],
                false,
                ioctl.Place,
                (int)ioctl.Size,
                1,
                false,
                false,
                [new("value", 0, (int)ioctl.Size, null, argument, null, false, false)]
            )
            : null;

    private static string ArgumentOf(CIoctl ioctl, CDeclaredType argument) =>
        argument.Bounds.Count > 0 || argument.IsFlexible ? $"struct {ioctl.Name.ToLowerInvariant()}_argument" : argument.Spelling;
}
