namespace VmcsGen.Tool.Clang;

/// <summary>The kinds of syntax that are looked at, by libclang's numbers.</summary>
internal enum CursorKind
{
    Struct = 2,
    Union = 3,
    Enum = 5,
    Field = 6,
    EnumConstant = 7,
    Variable = 9,
    Typedef = 20,
    PackedAttribute = 408,
    AlignedAttribute = 441,
    MacroDefinition = 501,
}
