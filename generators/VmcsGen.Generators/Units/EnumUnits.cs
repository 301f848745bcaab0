using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <param name="HasTexts">Whether native names and meanings are emitted as data too, for programs that show them.</param>
internal sealed record EnumUnit(EmitTarget Target, string Name, ItemDoc Doc, EnumForm Form, CSharpInteger Integer, bool HasTexts, EquatableArray<EnumMember> Members)
    : EmitUnit(Target);

internal sealed record EnumMember(string Name, ItemDoc Doc, ulong Value);

internal sealed record MsrUnit(EmitTarget Target, string Name, EquatableArray<MsrMember> Members) : EmitUnit(Target);

internal sealed record MsrMember(string Name, ItemDoc Doc, ulong Index, string? Type);
