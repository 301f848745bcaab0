using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <param name="HasTexts">Whether native names and meanings are emitted as data too, for programs that show them.</param>
internal sealed record EnumUnit(
    EmitTarget Target,
    string Name,
    ItemDoc Doc,
    EnumForm Form,
    CSharpInteger Integer,
    bool HasTexts,
    EquatableArray<EnumMember> Members
) : EmitUnit(Target);

/// <param name="Name">Its name.</param>
/// <param name="Doc">What is said about it.</param>
/// <param name="Value">The bits of its number.</param>
/// <param name="Text">The text that it is instead of a number.</param>
internal sealed record EnumMember(string Name, ItemDoc Doc, ulong Value, string? Text = null);

internal sealed record MsrUnit(EmitTarget Target, string Name, EquatableArray<MsrMember> Members) : EmitUnit(Target);

/// <param name="Writable">The bits that WRMSR may set; null where nothing is said.</param>
/// <param name="Form">What WRMSR demands of the value as a whole.</param>
internal sealed record MsrMember(string Name, ItemDoc Doc, ulong Index, string? Type, ulong? Writable, ValueForm Form);
