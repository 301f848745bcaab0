using System.Collections.Generic;
using System.Numerics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>What other specs may know of a named item.</summary>
/// <param name="Name">Its name in specs: the C# name, or the native one for KVM structs and ioctls.</param>
internal abstract record Symbol(string Name)
{
    /// <summary>The name of the project's file that declares it, or the referenced assembly; null for a built-in item.</summary>
    public string? File { get; init; }

    /// <summary>The item that declares it; null for a built-in one.</summary>
    public SpecItem? Item { get; init; }

    /// <summary>Its namespace, where code that names the item need not have that; null where all such code has.</summary>
    public string? Namespace { get; init; }

    /// <summary>One of its C# types, as code in any namespace names it.</summary>
    public string Reference(string type) => Namespace is null ? type : $"global::{Namespace}.{type}";

    /// <summary>Whether its C# type is internal to the project.</summary>
    public bool IsInternal { get; init; }

    /// <summary>A number for what the spec says of the item: the same YAML gives the same. 0 for a built-in item.</summary>
    public ulong Fingerprint { get; init; }

    /// <summary>The C# types that are emitted for the item alone.</summary>
    public virtual IEnumerable<string> CSharpTypes => [];

    /// <summary>Whether a spec can give the item another C# name than its own.</summary>
    public virtual bool HasCSharpName => false;

    /// <summary>What items of this sort are called.</summary>
    protected abstract string Sort { get; }

    /// <summary>What a message calls this item.</summary>
    public string Describe() => File is null ? $"the built-in {Sort} {Name}" : $"the {Sort} {Name} in {File}";
}

/// <param name="Name">Its name.</param>
/// <param name="Encoding">Its encoding.</param>
/// <param name="Type">Its C# type.</param>
internal sealed record FieldSymbol(string Name, ulong Encoding, string Type) : Symbol(Name)
{
    protected override string Sort => "VMCS field";
}

/// <summary>What a field, a part or a member may have as its type.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bits">How many bits its values have.</param>
internal abstract record ValueTypeSymbol(string Name, int Bits) : Symbol(Name)
{
    public override IEnumerable<string> CSharpTypes => [Name];
}

/// <param name="Name">Its name.</param>
/// <param name="Bits">How many bits it has.</param>
/// <param name="Parts">The bits that have names.</param>
internal sealed record BitFieldSymbol(string Name, int Bits, EquatableArray<BitSymbol> Parts) : ValueTypeSymbol(Name, Bits)
{
    protected override string Sort => "bit-field";
}

internal readonly record struct BitSymbol(string Name, int Low, int High);

/// <param name="Name">Its name.</param>
/// <param name="Bits">How many bits its values have.</param>
/// <param name="Texts">The class with native names and meanings of its values, if there is one.</param>
internal sealed record EnumSymbol(string Name, int Bits, string? Texts) : ValueTypeSymbol(Name, Bits)
{
    public override IEnumerable<string> CSharpTypes => Texts is null ? [Name] : [Name, Texts];

    protected override string Sort => "enum";

    public static string TextsOf(string name) => name + "Texts";
}

/// <param name="Name">Its name.</param>
/// <param name="Bits">How many bits its values have.</param>
internal sealed record ConstantsSymbol(string Name, int Bits) : Symbol(Name)
{
    public override IEnumerable<string> CSharpTypes => [Name];

    protected override string Sort => "class of constants";
}

/// <param name="Name">Its name in C.</param>
/// <param name="Value">Its value; of a negative one the bits.</param>
/// <param name="IsNegative">Whether it is negative.</param>
internal sealed record ConstantSymbol(string Name, ulong Value, bool IsNegative) : Symbol(Name)
{
    public BigInteger Number => IsNegative ? unchecked((long)Value) : Value;

    protected override string Sort => "constant";

    public static ConstantSymbol Of(string name, BigInteger value) =>
        new(name, value < 0 ? unchecked((ulong)(long)value) : (ulong)value, value < 0);
}

/// <param name="Name">Its name.</param>
/// <param name="Bytes">How many bytes it occupies.</param>
internal sealed record LayoutSymbol(string Name, int Bytes) : Symbol(Name)
{
    public override IEnumerable<string> CSharpTypes => [Name, Name + "Image"];

    protected override string Sort => "layout";
}

/// <param name="Name">Its name.</param>
/// <param name="Index">Its index.</param>
internal sealed record MsrSymbol(string Name, ulong Index) : Symbol(Name)
{
    protected override string Sort => "MSR";
}

/// <param name="Name">Its tag in C.</param>
/// <param name="CSharp">Its C# name.</param>
/// <param name="Bytes">How many bytes it occupies.</param>
/// <param name="Align">Its alignment in bytes.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="FlexibleElement">The C# type of the elements that follow it in memory and that a member counts, if some do.</param>
internal sealed record StructSymbol(string Name, string CSharp, int Bytes, int Align, bool IsUnion, string? FlexibleElement) : Symbol(Name)
{
    public override IEnumerable<string> CSharpTypes => [CSharp];

    public override bool HasCSharpName => true;

    /// <summary>The type of those elements, as code in any namespace names it: one of the struct's own goes with the struct.</summary>
    public string? ElementReference =>
        FlexibleElement is { } element && element.StartsWith(CSharp + ".", System.StringComparison.Ordinal)
            ? Reference(element)
            : FlexibleElement;

    protected override string Sort => "struct";
}

/// <param name="Name">Its name in C.</param>
/// <param name="Method">The name of its method.</param>
/// <param name="Request">Its request number.</param>
/// <param name="Owners">The classes that have the method.</param>
internal sealed record IoctlSymbol(string Name, string Method, uint Request, EquatableArray<string> Owners) : Symbol(Name)
{
    protected override string Sort => "ioctl";
}

/// <param name="Name">Its name.</param>
/// <param name="Place">Leaf, register and bit, as one number.</param>
internal sealed record CpuidFeatureSymbol(string Name, uint Place) : Symbol(Name)
{
    protected override string Sort => "CPUID feature";
}

/// <summary>Bits that a spec adds to a bit-field of another.</summary>
/// <param name="Name">The bit-field.</param>
/// <param name="Parts">The bits.</param>
internal sealed record AddedBitsSymbol(string Name, EquatableArray<BitSymbol> Parts) : Symbol(Name)
{
    protected override string Sort => "extension of";
}

/// <summary>A class that is made for a file, not for an item: nothing refers to it, and no other can have its name.</summary>
/// <param name="Name">Its name.</param>
internal sealed record ClassSymbol(string Name) : Symbol(Name)
{
    protected override string Sort => "class";
}
