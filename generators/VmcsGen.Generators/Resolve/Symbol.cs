using System.Collections.Generic;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

internal enum SymbolKind
{
    Field,
    BitField,
    Enum,
    Constants,
    Layout,
    Msr,
    Struct,
    Ioctl,
}

/// <summary>
/// What other specs may know of a named item.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name in specs: the C# name, or the native one for KVM structs and ioctls.</param>
/// <param name="CSharp">Its C# name; the method's for an ioctl.</param>
/// <param name="Size">Bits for bit-fields and enums, bytes for structs and layouts.</param>
/// <param name="Align">Alignment in bytes, for structs.</param>
/// <param name="Value">The encoding of a field, the index of an MSR, the request number of an ioctl.</param>
/// <param name="Type">
/// The C# type of a field; the element type of a struct's flexible array; the class with an enum's texts; the classes that
/// have an ioctl's method, with commas between them.
/// </param>
/// <param name="Bits">The named bits of a bit-field.</param>
/// <param name="File">The name of the project's file that declares it; null for a built-in item.</param>
/// <param name="IsInternal">Whether its C# type is internal to the project.</param>
internal sealed record Symbol(
    SymbolKind Kind,
    string Name,
    string CSharp,
    int Size = 0,
    int Align = 0,
    ulong Value = 0,
    string? Type = null,
    EquatableArray<BitSymbol> Bits = default,
    string? File = null,
    bool IsInternal = false)
{
    /// <summary>The C# types that are emitted for the item alone.</summary>
    public IEnumerable<string> CSharpTypes
    {
        get
        {
            if (Kind is SymbolKind.Field or SymbolKind.Msr or SymbolKind.Ioctl)
                yield break;
            yield return CSharp;
            if (Kind == SymbolKind.Layout)
                yield return ImageOf(CSharp);
            if (Kind == SymbolKind.Enum && Type is { } texts)
                yield return texts;
        }
    }

    public static string ImageOf(string layout) => layout + "Image";

    public static string TextsOf(string name) => name + "Texts";

    /// <summary>What a message calls this item.</summary>
    public string Describe() => File is null ? $"the built-in {Describe(Kind)} {Name}" : $"the {Describe(Kind)} {Name} in {File}";

    private static string Describe(SymbolKind kind) => kind switch
    {
        SymbolKind.Field => "VMCS field",
        SymbolKind.BitField => "bit-field",
        SymbolKind.Enum => "enum",
        SymbolKind.Constants => "class of constants",
        SymbolKind.Layout => "layout",
        SymbolKind.Msr => "MSR",
        SymbolKind.Struct => "struct",
        _ => "ioctl",
    };
}

internal readonly record struct BitSymbol(string Name, int Low, int High);
