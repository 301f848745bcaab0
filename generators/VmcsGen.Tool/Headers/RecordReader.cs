using System.Linq;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Headers;

/// <summary>Reads structs and unions with their layout.</summary>
internal static class RecordReader
{
    /// <summary>Reads one.</summary>
    /// <param name="type">The struct or union.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="place">Where it stands.</param>
    public static CRecord Read(CXType type, string tag, CPlace place)
    {
        var declaration = Native.clang_getTypeDeclaration(type);
        var attributes = ClangUnit.Children(declaration).Select(static child => child.Kind).ToHashSet();
        return new(
            tag,
            declaration.Kind == CursorKind.Union,
            place,
            (int)Native.clang_Type_getSizeOf(type),
            (int)Native.clang_Type_getAlignOf(type),
            attributes.Contains(CursorKind.PackedAttribute),
            attributes.Contains(CursorKind.AlignedAttribute),
            [.. ClangUnit.Fields(type).Select(field => Member(field, place))]
        );
    }

    private static CMember Member(CXCursor field, CPlace place)
    {
        var cType = Native.clang_getCursorType(field);
        var (type, untagged) = TypeReader.Read(cType);
        var attributes = ClangUnit.Children(field).Select(static child => child.Kind).ToHashSet();
        // Of a flexible array, the element.
        var sized = type.IsFlexible ? Native.clang_getArrayElementType(Native.clang_getCanonicalType(cType)) : cType;
        var isNamed = untagged is null || !ClangUnit.Name(field).Contains('(', System.StringComparison.Ordinal);
        return new(
            isNamed ? ClangUnit.Name(field) : "",
            (int)Native.clang_Cursor_getOffsetOfField(field),
            (int)Native.clang_Type_getSizeOf(sized),
            Native.clang_Cursor_isBitField(field) != 0 ? Native.clang_getFieldDeclBitWidth(field) : null,
            type,
            untagged is { } nested ? Read(nested, "", place) : null,
            attributes.Contains(CursorKind.PackedAttribute),
            attributes.Contains(CursorKind.AlignedAttribute)
        );
    }
}
