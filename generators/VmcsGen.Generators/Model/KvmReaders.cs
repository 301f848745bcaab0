using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Readers of the items of the KVM kinds. Names are the kernel's; C# names are derived from them or stated.</summary>
internal static class KvmReaders
{
    private static readonly (string Word, IoctlOwner Value)[] Owners =
    [
        ("system", IoctlOwner.System),
        ("vm", IoctlOwner.Vm),
        ("vcpu", IoctlOwner.Vcpu),
        ("device", IoctlOwner.Device),
    ];

    public static StructItem? Struct(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "struct", errors);
        var name = map.NativeName("name");
        var item = new StructItem(
            name,
            map.Doc(name.Value),
            CSharpName(map, name),
            map.Int("size", 1 << 20),
            map.List("members", member => Member(member, errors))
        );
        map.End();
        return map.Failed ? null : item;
    }

    private static MemberItem? Member(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "member", errors);
        var form =
            node.Entries.Exists(static e => e.Key.Text == "struct") ? MemberForm.Struct
            : node.Entries.Exists(static e => e.Key.Text == "union") ? MemberForm.Union
            : MemberForm.Field;
        var name = form == MemberForm.Field ? map.NativeName("name") : map.OptionalNativeName("name") ?? new("", map.At);
        var item = new MemberItem(
            name,
            map.Doc(name.Value),
            form,
            form == MemberForm.Field ? map.Text("type") : null,
            form == MemberForm.Field ? default : map.List(form == MemberForm.Struct ? "struct" : "union", member => Member(member, errors)),
            CSharpName(map, name),
            map.OptionalName("csharp-type")?.Value,
            map.OptionalName("enum"),
            map.OptionalText("count"),
            (int?)map.OptionalNumber("bits", 64)?.Value,
            (int?)map.OptionalNumber("length", 1 << 20)?.Value,
            map.Flag("padding")
        );
        map.End();
        return map.Failed ? null : item;
    }

    public static IoctlItem? Ioctl(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "ioctl", errors);
        // The constant of the request number has the native name.
        var name = map.Name("name");
        var doc = map.Doc(name.Value);
        var csharp = CSharpName(map, name, IoctlItem.Prefix);
        var number = map.Int("number", 0xFF);
        var direction = map.Choice(
            "direction",
            (IoctlDirection?)null,
            ("none", IoctlDirection.None),
            ("read", IoctlDirection.Read),
            ("write", IoctlDirection.Write),
            ("read-write", IoctlDirection.ReadWrite)
        );
        var owners = Descriptors(map, errors);
        var argument = map.OptionalText("argument");
        var takes = map.Choice(
            "takes",
            Default(direction, argument is not null),
            ("nothing", IoctlTakes.Nothing),
            ("value", IoctlTakes.Value),
            ("in", IoctlTakes.In),
            ("out", IoctlTakes.Out),
            ("ref", IoctlTakes.Ref)
        );
        if (argument is null && (direction != IoctlDirection.None || takes != IoctlTakes.Nothing) && !map.Failed)
            map.Fail(
                DiagnosticIds.InvalidIoctl,
                map.At,
                name.Value,
                "its direction or 'takes' says that it has an argument, but 'argument' is missing"
            );
        var parameter = map.OptionalNativeName("parameter")?.Value;
        var returns = map.Choice(
            "returns",
            (IoctlReturns?)IoctlReturns.Nothing,
            ("nothing", IoctlReturns.Nothing),
            ("value", IoctlReturns.Value),
            ("vm", IoctlReturns.Vm),
            ("vcpu", IoctlReturns.Vcpu),
            ("device", IoctlReturns.Device),
            ("descriptor", IoctlReturns.Descriptor)
        );
        var method = map.Choice(
            "method",
            (IoctlMethodForm?)IoctlMethodForm.Generated,
            ("generated", IoctlMethodForm.Generated),
            ("handwritten", IoctlMethodForm.Handwritten),
            ("none", IoctlMethodForm.None)
        );
        var prefer = map.OptionalText("prefer");
        if (prefer is { } cref && !CSharpNames.IsReference(cref.Value))
            map.Fail(
                DiagnosticIds.WrongValue,
                cref.At,
                $"'{cref.Value}'",
                "prefer",
                "a type or member as in C# documentation, such as Type.Member or Type.Member(Type)",
                ""
            );
        var item = new IoctlItem(
            name,
            doc,
            csharp,
            number,
            direction,
            owners,
            argument,
            takes,
            parameter,
            returns,
            method,
            prefer?.Value,
            Errors(map)
        );
        map.End();
        return map.Failed ? null : item;
    }

    private static IoctlTakes? Default(IoctlDirection direction, bool hasArgument) =>
        direction switch
        {
            IoctlDirection.Write => IoctlTakes.In,
            IoctlDirection.Read => IoctlTakes.Out,
            IoctlDirection.ReadWrite => IoctlTakes.Ref,
            _ => hasArgument ? IoctlTakes.Value : IoctlTakes.Nothing,
        };

    private static EquatableArray<IoctlOwnerRef> Descriptors(MapReader map, ErrorList errors)
    {
        var key = map.Renamed("descriptor", former: "on");
        var owners = new List<IoctlOwnerRef>();
        foreach (var text in map.Texts(key))
        {
            var match = Owners.Where(o => o.Word == text.Value).ToArray();
            if (match.Length == 1)
                owners.Add(new(match[0].Value));
            else
                map.Fail(
                    DiagnosticIds.WrongValue,
                    text.At,
                    $"'{text.Value}'",
                    key,
                    "one of system, vm, vcpu, device",
                    errors.Suggest(text.Value, Owners.Select(static o => o.Word))
                );
        }
        if (owners.Count == 0 && !map.Failed)
            map.Text(key);
        return owners.ToEquatable();
    }

    private static EquatableArray<IoctlErrorText> Errors(MapReader map)
    {
        var texts = new List<IoctlErrorText>();
        var names = new HashSet<string>();
        foreach (var entry in map.OptionalMap("errors")?.Entries ?? [])
        {
            if (!names.Add(entry.Key.Text))
                map.Fail(DiagnosticIds.DuplicateKey, entry.Key.At, entry.Key.Text, "ioctl's errors");
            else if (entry.Value is SpecScalar text && MapReader.IsText(text) && IsErrno(entry.Key.Text))
                texts.Add(new(entry.Key.Text, text.Text));
            else
                map.Fail(DiagnosticIds.WrongValue, entry.Key.At, entry.Key.Description, "errors", "an errno name (EINVAL) with a text", "");
        }
        return texts.ToEquatable();
    }

    private static bool IsErrno(string name) =>
        name.Length > 1 && name[0] == 'E' && name.All(static c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    public static EnumItem? Group(SpecMap node, ErrorList errors)
    {
        var map = new MapReader(node, "group of constants", errors);
        var name = map.Name("name");
        var doc = new ItemDoc(map.OptionalText("doc")?.Value, null, null, map.OptionalText("see")?.Value);
        var form = map.Choice(
            "form",
            (EnumForm?)null,
            ("enum", EnumForm.Enum),
            ("flags", EnumForm.Flags),
            ("constants", EnumForm.Constants)
        );
        var size = map.Size("size", 32);
        var isSigned = map.Flag("signed");
        var hasTexts = map.Flag("texts");
        if (hasTexts && form == EnumForm.Constants && !map.Failed)
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                map.At,
                "A class of constants is no type whose values could be told by name: leave 'texts' out, or make it an enum"
            );
        var prefix = map.OptionalText("prefix")?.Value ?? "";
        var values = map.List("values", value => Constant(value, prefix, isSigned ? size : 0, errors));
        map.End();
        return map.Failed ? null : new(name, doc, form, size, isSigned, hasTexts, values);
    }

    private static EnumValueItem? Constant(SpecMap node, string prefix, int signedBits, ErrorList errors)
    {
        var map = new MapReader(node, "constant", errors);
        var native = map.NativeName("name");
        var csharp = CSharpName(map, native, prefix) ?? CSharpNames.Pascal(native.Value, prefix);
        var item = new EnumValueItem(new(csharp, native.At), map.Doc(native.Value), map.Number("value", signedBits));
        map.End();
        return map.Failed ? null : item;
    }

    // The stated C# name, or null when it is to be derived from the native one, which is checked here.
    private static string? CSharpName(MapReader map, Spot<string> native, string prefix = "")
    {
        if (map.OptionalName("csharp") is { } stated)
            return stated.Value;
        var name = CSharpNames.Pascal(native.Value, prefix);
        if (native.Value.Length > 0 && !map.Failed && !CSharpNames.IsIdentifier(name))
            map.Fail(
                DiagnosticIds.UnfittingSpec,
                native.At,
                $"'{native.Value}' gives '{name}', which is not a C# name: state one with 'csharp'"
            );
        return null;
    }
}
