using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Reads ioctls. Names are the kernel's; C# names are derived from them or stated.</summary>
internal static class KvmReaders
{
    private static readonly (string Word, IoctlOwner Value)[] Owners =
    [
        ("system", IoctlOwner.System),
        ("vm", IoctlOwner.Vm),
        ("vcpu", IoctlOwner.Vcpu),
        ("device", IoctlOwner.Device),
    ];

    private static readonly (string Word, IoctlReturns Value)[] ReturnWords =
    [
        ("nothing", IoctlReturns.Nothing),
        ("value", IoctlReturns.Value),
        ("vm", IoctlReturns.Vm),
        ("vcpu", IoctlReturns.Vcpu),
        ("device", IoctlReturns.Device),
        ("descriptor", IoctlReturns.Descriptor),
    ];

    private const string OrType = ", or a C# type such as SafeFileHandle";

    /// <summary>The type byte of ioctls: a number or, as headers often have it, a character. It says whose they are.</summary>
    public static int? IoctlType(MapReader map)
    {
        const string Key = "type";
        return map.Node(Key) is SpecScalar { Text: [> ' ' and < '\x7F'] } character && MapReader.IsText(character)
            ? character.Text[0]
            : (int?)map.OptionalNumber(Key, 0xFF, "a number from 0 to 255, or one character in quotation marks")?.Value;
    }

    /// <param name="node">The item.</param>
    /// <param name="type">The type byte of the file's ioctls.</param>
    /// <param name="errors">Where mistakes go.</param>
    public static IoctlItem? Ioctl(SpecMap node, int type, ErrorList errors)
    {
        var map = new MapReader(node, "ioctl", errors);
        // The constant of the request number has the native name.
        var name = map.Name("name");
        var doc = map.Doc(name.Value);
        var csharp = CSharpName(map, name, IoctlItem.Prefix);
        var ownType = IoctlType(map) ?? type;
        var number = map.Int("number", 0xFF);
        var direction = map.Choice(
            "direction",
            (IoctlDirection?)null,
            ("none", IoctlDirection.None),
            ("read", IoctlDirection.Read),
            ("write", IoctlDirection.Write),
            ("read-write", IoctlDirection.ReadWrite)
        );
        var request = map.OptionalNumber("request", uint.MaxValue);
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
        var (returns, handle) = Returns(map, errors);
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
            map.OptionalText("capability"),
            csharp,
            ownType,
            number,
            direction,
            request,
            owners,
            argument,
            takes,
            parameter,
            returns,
            handle,
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
                owners.Add(new(match[0].Value, text));
            else if (IsTypeName(text.Value))
                owners.Add(new(null, text));
            else
                map.Fail(
                    DiagnosticIds.WrongValue,
                    text.At,
                    $"'{text.Value}'",
                    key,
                    $"one of system, vm, vcpu, device{OrType}",
                    errors.Suggest(text.Value, Owners.Select(static o => o.Word))
                );
        }
        if (owners.Count == 0 && !map.Failed)
            map.Text(key);
        return owners.ToEquatable();
    }

    private static (IoctlReturns, Spot<string>?) Returns(MapReader map, ErrorList errors)
    {
        const string Key = "returns";
        if (map.OptionalText(Key) is not { } text)
            return default;
        var match = ReturnWords.Where(r => r.Word == text.Value).ToArray();
        if (match.Length == 1)
            return (match[0].Value, null);
        if (IsTypeName(text.Value))
            return (IoctlReturns.Handle, text);
        var words = ReturnWords.Select(static r => r.Word).ToArray();
        map.Fail(
            DiagnosticIds.WrongValue,
            text.At,
            $"'{text.Value}'",
            Key,
            $"one of {string.Join(", ", words)}{OrType}",
            errors.Suggest(text.Value, words)
        );
        return default;
    }

    // C# types are told from words by a capital letter or a namespace.
    private static bool IsTypeName(string text) => CSharpNames.IsNamespace(text) && (text[0] is >= 'A' and <= 'Z' || text.IndexOf('.') > 0);

    private static EquatableArray<IoctlErrorItem> Errors(MapReader map)
    {
        var texts = new List<IoctlErrorItem>();
        var names = new HashSet<string>();
        foreach (var entry in map.OptionalMap("errors")?.Entries ?? [])
        {
            if (!names.Add(entry.Key.Text))
                map.Fail(DiagnosticIds.DuplicateKey, entry.Key.At, entry.Key.Text, "ioctl's errors");
            else if (entry.Value is SpecScalar text && MapReader.IsText(text) && IsErrno(entry.Key.Text))
                texts.Add(new(new(entry.Key.Text, entry.Key.At), text.Text));
            else
                map.Fail(DiagnosticIds.WrongValue, entry.Key.At, entry.Key.Description, "errors", "an errno name (EINVAL) with a text", "");
        }
        return texts.ToEquatable();
    }

    private static bool IsErrno(string name) =>
        name.Length > 1 && name[0] == 'E' && name.All(static c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    // The stated C# name, or null when it is to be derived from the native one, which is checked here.
    public static string? CSharpName(MapReader map, Spot<string> native, string prefix = "")
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
