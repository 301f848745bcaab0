using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>What one spec file gave: its model, positions, and mistakes.</summary>
internal sealed record ReadResult(string Path, SpecFile File, SpecPositions Positions, EquatableArray<SpecError> Errors);

/// <summary>Reads one spec file: text in, model and mistakes out. Knows nothing of other files.</summary>
internal static class SpecReader
{
    private static readonly (string Word, SpecKind Kind, string List)[] Kinds =
    [
        ("vmcs-fields", SpecKind.VmcsFields, "fields"),
        ("bitfields", SpecKind.BitFields, "bitfields"),
        ("enums", SpecKind.Enums, "enums"),
        ("layouts", SpecKind.Layouts, "layouts"),
        ("msrs", SpecKind.Msrs, "msrs"),
        ("cpuid", SpecKind.Cpuid, "features"),
        ("kvm-structs", SpecKind.KvmStructs, "structs"),
        ("kvm-ioctls", SpecKind.KvmIoctls, "ioctls"),
        ("kvm-constants", SpecKind.KvmConstants, "groups"),
    ];

    // It stands in the documentation of every item: a short item must not become a long one.
    private const int MaximumSource = 250;

    /// <summary>What a spec may state as its kind.</summary>
    public static IEnumerable<string> KindWords => Kinds.Select(static kind => kind.Word);

    public static ReadResult Read(string path, string text)
    {
        var errors = new ErrorList();
        var document = SpecParser.Parse(text, errors);
        var file = document.Root is null ? null : ReadFile(path, document.Root, errors);
        // Nothing can be used of a file whose head has a mistake, nor of what stands behind a syntax error. But the names are known.
        file ??= SpecFile.Unreadable(path, document.Root is null ? [] : BrokenNames.In(document.Root));
        if (errors.HasSyntaxError)
            file = file with { Broken = file.Broken.Concat(BrokenNames.In(text)).Distinct().ToEquatable() };
        return new(path, file, document.Positions, errors.ToEquatable());
    }

    private static SpecFile? ReadFile(string path, SpecMap root, ErrorList errors)
    {
        var isBroken = errors.HasSyntaxError;
        var stated = root.Entries.Find(static e => e.Key.Text == "kind").Value;
        if (stated is not SpecScalar kindNode)
        {
            // Behind a syntax error, nothing can be called missing or wrong.
            if (stated is not null and not SpecUnreadable && !isBroken)
                errors.Add(
                    SpecError.Of(
                        DiagnosticIds.UnknownKind,
                        stated.At,
                        stated.Description,
                        string.Join(", ", Kinds.Select(static k => k.Word)),
                        ""
                    )
                );
            else if (stated is null && !isBroken)
                errors.Add(Misspelt(root) ?? SpecError.Of(DiagnosticIds.MissingKey, root.At, "spec", "kind"));
            return null;
        }
        var (word, kind, list) = Kinds.FirstOrDefault(k => k.Word == kindNode.Text);
        if (word is null)
        {
            var words = Kinds.Select(static k => k.Word).ToArray();
            errors.Add(
                SpecError.Of(
                    DiagnosticIds.UnknownKind,
                    kindNode.At,
                    kindNode.Description,
                    string.Join(", ", words),
                    errors.Suggest(kindNode.Text, words)
                )
            );
            return null;
        }

        var map = new MapReader(root, $"'{word}' spec", errors);
        map.Node("kind");
        var source = map.OptionalText("source", MaximumSource)?.Value;
        var isOfC = word.StartsWith("kvm-", System.StringComparison.Ordinal);
        var header = isOfC ? map.OptionalText("header")?.Value : null;
        var architectures = isOfC ? ArchitectureReader.Read(map, errors) : default;
        var ns = map.OptionalText("namespace");
        if (ns is { } given && !CSharpNames.IsNamespace(given.Value))
            map.Fail(DiagnosticIds.InvalidName, given.At, given.Value, CSharpNames.NameRule);
        bool? isPublic = map.Node("visibility") is null
            ? null
            : map.Choice("visibility", (bool?)null, ("public", true), ("internal", false));
        var ioctlType = kind == SpecKind.KvmIoctls ? KvmReaders.IoctlType(map) ?? IoctlItem.KvmType : 0;
        var items = new List<SpecItem>();
        var broken = new List<string>();
        foreach (var node in map.Elements(list, required: !isBroken))
        {
            if (node is SpecMap item && ReadItem(kind, item, ioctlType, errors) is { } read)
                items.Add(read with { Fingerprint = Fingerprint.Of(node, ioctlType) });
            else
                broken.AddRange(BrokenNames.In(node));
        }
        map.End();
        // What the head of a file says holds for each item: with a mistake there, none can be emitted.
        return map.Failed
            ? null
            : new(path, Stem(path), kind, source, header, ns?.Value, isPublic, items.ToEquatable(), broken.ToEquatable())
            {
                NamespaceAt = ns?.At ?? root.At,
                Architectures = architectures,
                ArchitecturesAt = root.Entries.Find(static e => e.Key.Text == ArchitectureReader.Key).Value?.At ?? root.At,
            };
    }

    // Nothing else is known of a file whose kind is not.
    private static SpecError? Misspelt(SpecMap root)
    {
        var key = root
            .Entries.Select(static entry => entry.Key)
            .FirstOrDefault(static key => Suggestion.Nearest(key.Text, ["kind"]) is not null);
        return key is null ? null : SpecError.Of(DiagnosticIds.UnknownKey, key.At, key.Text, "spec", " Did you mean 'kind'?", "kind");
    }

    private static SpecItem? ReadItem(SpecKind kind, SpecMap node, int ioctlType, ErrorList errors) =>
        kind switch
        {
            SpecKind.VmcsFields => VmxReaders.Field(node, errors),
            SpecKind.BitFields => VmxReaders.BitField(node, errors),
            SpecKind.Enums => VmxReaders.Enum(node, errors),
            SpecKind.Layouts => VmxReaders.Layout(node, errors),
            SpecKind.Msrs => X86Readers.Msr(node, errors),
            SpecKind.Cpuid => X86Readers.Feature(node, errors),
            SpecKind.KvmStructs => StructReaders.Struct(node, errors),
            SpecKind.KvmIoctls => KvmReaders.Ioctl(node, ioctlType, errors),
            _ => ConstantReaders.Group(node, errors),
        };

    // "specs/acme.vmcs.yaml" and "fields/guest-state.yaml" are called "acme" and "guest-state".
    private static string Stem(string path)
    {
        var name = Path.GetFileName(path.Replace('\\', '/'));
        var dot = name.IndexOf('.');
        return dot <= 0 ? name : name.Substring(0, dot);
    }
}
