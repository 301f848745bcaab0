namespace VmcsGen.Tool.Clang;

/// <summary>The kinds of type that are told apart, by libclang's numbers.</summary>
internal enum TypeKind
{
    Invalid = 0,
    Bool = 3,
    FirstUnsigned = 4,
    UnsignedInt128 = 12,
    CharSigned = 13,
    Int = 17,
    Int128 = 20,
    Pointer = 101,
    Record = 105,
    Enum = 106,
    Typedef = 107,
    Function = 111,
    ConstantArray = 112,
    IncompleteArray = 114,
    Elaborated = 119,
}
