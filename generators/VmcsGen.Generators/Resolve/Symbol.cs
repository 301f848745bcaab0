using VmcsGen.Generators.Model;

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
/// <param name="CSharp">Its C# name.</param>
/// <param name="Size">Bits for bit-fields and enums, bytes for structs and layouts.</param>
/// <param name="Align">Alignment in bytes, for structs.</param>
/// <param name="Value">The encoding of a field, the index of an MSR, the request number of an ioctl.</param>
/// <param name="Type">The C# type of a field; the element type of a struct's flexible array.</param>
/// <param name="Bits">The named bits of a bit-field.</param>
internal sealed record Symbol(
    SymbolKind Kind,
    string Name,
    string CSharp,
    int Size = 0,
    int Align = 0,
    ulong Value = 0,
    string? Type = null,
    EquatableArray<BitSymbol> Bits = default);

internal readonly record struct BitSymbol(string Name, int Low, int High);
