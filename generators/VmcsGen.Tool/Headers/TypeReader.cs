using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Headers;

/// <summary>Reads types of C in the words of specs.</summary>
internal static class TypeReader
{
    /// <summary>What stands before the names of a spec, where it is C among headers that have the same names.</summary>
    public const string SpecPrefix = "vmcsgen_spec_";

    /// <summary>Reads a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The type, and the struct or union without a tag that is its element.</returns>
    public static (CDeclaredType Type, CXType? Untagged) Read(CXType type)
    {
        var bounds = new List<long>();
        var (isFlexible, hasLength) = (false, false);
        while (Array(ref type) is { } length)
        {
            // An array of no elements is a flexible one, as gcc has it; only the outermost can be.
            if (length <= 0 && bounds.Count == 0 && !isFlexible)
                (isFlexible, hasLength) = (true, length == 0);
            else
                bounds.Add(length);
        }
        var record = Native.clang_getCanonicalType(type);
        var declaration = Native.clang_getTypeDeclaration(record);
        var isUntagged = record.Kind == TypeKind.Record && Native.clang_Cursor_isAnonymous(declaration) != 0;
        return (new(isUntagged ? "" : Element(type), bounds, isFlexible, hasLength), isUntagged ? record : null);
    }

    // Takes one bound from an array, behind whatever names stand for it.
    private static long? Array(ref CXType type)
    {
        var canonical = Native.clang_getCanonicalType(type);
        if (canonical.Kind is not (TypeKind.ConstantArray or TypeKind.IncompleteArray))
            return null;
        var array = type;
        while (array.Kind is not (TypeKind.ConstantArray or TypeKind.IncompleteArray))
            array =
                array.Kind == TypeKind.Elaborated ? Native.clang_Type_getNamedType(array)
                : array.Kind == TypeKind.Typedef ? Native.clang_getTypedefDeclUnderlyingType(Native.clang_getTypeDeclaration(array))
                : canonical;
        type = Native.clang_getArrayElementType(array);
        return array.Kind == TypeKind.ConstantArray ? Native.clang_getArraySize(array) : -1;
    }

    // A typedef that specs do not know is written as what it stands for.
    private static string Element(CXType type)
    {
        switch (type.Kind)
        {
            case TypeKind.Elaborated:
                return Element(Native.clang_Type_getNamedType(type));
            case TypeKind.Typedef:
                var name = Plain(ClangUnit.Spelling(type));
                return CType.Parse(name) is { } known && CScalar.Find(known) is not null
                    ? name
                    : Element(Native.clang_getTypedefDeclUnderlyingType(Native.clang_getTypeDeclaration(type)));
            case TypeKind.Pointer:
                var pointer = ClangUnit.Spelling(type);
                return CType.Parse(pointer) is null ? "void *" : pointer.Replace(SpecPrefix, "", StringComparison.Ordinal);
            case TypeKind.Record or TypeKind.Enum:
                return Tagged(type);
            default:
                return Plain(ClangUnit.Spelling(type));
        }
    }

    private static string Tagged(CXType type)
    {
        var declaration = Native.clang_getTypeDeclaration(type);
        if (type.Kind == TypeKind.Enum)
            return Native.clang_Cursor_isAnonymous(declaration) != 0
                ? Plain(ClangUnit.Spelling(Native.clang_getEnumDeclIntegerType(declaration)))
                : "enum " + ClangUnit.Name(declaration);
        return (declaration.Kind == CursorKind.Union ? "union " : "struct ") + Plain(ClangUnit.Name(declaration));
    }

    private static string Plain(string spelling) =>
        string.Join(' ', spelling.Split(' ').Where(static word => word is not ("const" or "volatile")))
            .Replace(SpecPrefix, "", StringComparison.Ordinal);
}
