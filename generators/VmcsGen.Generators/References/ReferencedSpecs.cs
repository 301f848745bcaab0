using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>What a referenced assembly was made of: the table of its symbols, which lies in the assembly's metadata.</summary>
/// <param name="Assembly">Its name.</param>
/// <param name="Table">The table.</param>
/// <param name="Friends">The assemblies that see what is internal to it.</param>
/// <param name="IsFriend">Whether the project is one of those.</param>
internal sealed record ReferencedSpecs(string Assembly, string Table, EquatableArray<string> Friends, bool IsFriend = false)
{
    /// <summary>The key of the table among the assembly's metadata. The number is that of the table's form.</summary>
    public const string Key = "VmcsGen.Symbols.1";

    /// <summary>The same as an assembly of this name sees it.</summary>
    public ReferencedSpecs SeenBy(string? assembly) => this with { IsFriend = assembly is not null && Friends.Contains(assembly) };

    /// <summary>Reads an assembly's table; null if it has none, as most have.</summary>
    public static ReferencedSpecs? Of(MetadataReference reference)
    {
        try
        {
            return reference switch
            {
                CompilationReference project => Of(project.Compilation.Assembly),
                PortableExecutableReference file when file.GetMetadata() is AssemblyMetadata assembly => Of(
                    assembly.GetModules()[0].GetMetadataReader()
                ),
                _ => null,
            };
        }
        catch (Exception e) when (e is BadImageFormatException or System.IO.IOException)
        {
            // The compiler says what it thinks of such a file.
            return null;
        }
    }

    private static ReferencedSpecs? Of(IAssemblySymbol assembly) =>
        Of(
            assembly.Name,
            assembly
                .GetAttributes()
                .Select(static attribute =>
                    (
                        attribute.AttributeClass?.Name ?? "",
                        attribute.ConstructorArguments.Select(static argument => argument.Value as string ?? "").ToArray()
                    )
                )
        );

    private static ReferencedSpecs? Of(MetadataReader reader)
    {
        var definition = reader.GetAssemblyDefinition();
        return Of(
            reader.GetString(definition.Name),
            definition
                .GetCustomAttributes()
                .Select(handle => reader.GetCustomAttribute(handle))
                .Select(attribute => (Name: NameOf(reader, attribute), attribute))
                .Where(static attribute => attribute.Name is Metadata or Friend)
                .Select(attribute =>
                    (attribute.Name, Texts(reader.GetBlobReader(attribute.attribute.Value), attribute.Name == Metadata ? 2 : 1))
                )
        );
    }

    private const string Metadata = "AssemblyMetadataAttribute";
    private const string Friend = "InternalsVisibleToAttribute";

    private static ReferencedSpecs? Of(string name, IEnumerable<(string Name, string[] Texts)> attributes)
    {
        var all = attributes.ToArray();
        var table = all.FirstOrDefault(static a => a is { Name: Metadata, Texts: [Key, _] }).Texts;
        return table is null
            ? null
            : new(
                name,
                table[1],
                all.Where(static a => a is { Name: Friend, Texts.Length: > 0 })
                    .Select(static a => a.Texts[0].Split(',')[0].Trim())
                    .ToEquatable()
            );
    }

    private static string NameOf(MetadataReader reader, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } type
            ? reader.GetString(reader.GetTypeReference((TypeReferenceHandle)type).Name)
            : "";

    // The arguments of an attribute whose constructor takes texts (ECMA-335 II.23.3).
    private static string[] Texts(BlobReader blob, int count)
    {
        blob.ReadUInt16();
        var texts = new string[count];
        for (var i = 0; i < count; i++)
            texts[i] = blob.ReadSerializedString() ?? "";
        return texts;
    }
}
