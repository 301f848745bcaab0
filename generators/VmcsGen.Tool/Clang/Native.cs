using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Tool.Clang;

#pragma warning disable CS0169, CS0649 // The library fills these fields.

/// <summary>A text of libclang's, which it wants back.</summary>
internal struct CXString
{
    private readonly nint _data;
    private readonly uint _flags;
}

/// <summary>A node of the syntax tree.</summary>
internal struct CXCursor
{
    public readonly CursorKind Kind;
    private readonly int _more;
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly nint _data2;
}

/// <summary>A type of C.</summary>
internal struct CXType
{
    public readonly TypeKind Kind;
    private readonly nint _data0;
    private readonly nint _data1;
}

/// <summary>A place in a file.</summary>
internal struct CXSourceLocation
{
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly uint _data;
}

/// <summary>What lies between two places.</summary>
internal struct CXSourceRange
{
    private readonly nint _data0;
    private readonly nint _data1;
    private readonly uint _begin;
    private readonly uint _end;
}

/// <summary>A word or sign of the text.</summary>
internal struct CXToken
{
    private readonly uint _data0;
    private readonly uint _data1;
    private readonly uint _data2;
    private readonly uint _data3;
    private readonly nint _data;
}

/// <summary>A file's text, given instead of what lies on the disk.</summary>
internal struct CXUnsavedFile
{
    public nint Name;
    public nint Contents;
    public nuint Length;
}

#pragma warning restore CS0169, CS0649

/// <summary>The functions of libclang that are needed. Their names and arguments have not changed since LLVM 9.</summary>
/// <remarks>A library that lacks one is refused by <see cref="ClangLibrary"/>.</remarks>
internal static partial class Native
{
    /// <summary>What stands for the file that <see cref="ClangLibrary"/> finds.</summary>
    public const string Library = "libclang";

    [LibraryImport(Library)]
    public static partial nint clang_createIndex(int excludeDeclarationsFromPch, int displayDiagnostics);

    [LibraryImport(Library)]
    public static partial void clang_disposeIndex(nint index);

    [LibraryImport(Library)]
    public static unsafe partial int clang_parseTranslationUnit2(
        nint index,
        nint fileName,
        nint* arguments,
        int argumentCount,
        CXUnsavedFile* unsavedFiles,
        uint unsavedFileCount,
        uint options,
        out nint unit
    );

    [LibraryImport(Library)]
    public static partial void clang_disposeTranslationUnit(nint unit);

    [LibraryImport(Library)]
    public static partial uint clang_getNumDiagnostics(nint unit);

    [LibraryImport(Library)]
    public static partial nint clang_getDiagnostic(nint unit, uint index);

    [LibraryImport(Library)]
    public static partial void clang_disposeDiagnostic(nint diagnostic);

    [LibraryImport(Library)]
    public static partial int clang_getDiagnosticSeverity(nint diagnostic);

    [LibraryImport(Library)]
    public static partial CXString clang_getDiagnosticSpelling(nint diagnostic);

    [LibraryImport(Library)]
    public static partial CXSourceLocation clang_getDiagnosticLocation(nint diagnostic);

    [LibraryImport(Library)]
    public static partial nint clang_getCString(CXString text);

    [LibraryImport(Library)]
    public static partial void clang_disposeString(CXString text);

    [LibraryImport(Library)]
    public static partial CXCursor clang_getTranslationUnitCursor(nint unit);

    [LibraryImport(Library)]
    public static unsafe partial uint clang_visitChildren(
        CXCursor parent,
        delegate* unmanaged[Cdecl]<CXCursor, CXCursor, nint, int> visitor,
        nint data
    );

    [LibraryImport(Library)]
    public static unsafe partial uint clang_Type_visitFields(
        CXType type,
        delegate* unmanaged[Cdecl]<CXCursor, nint, int> visitor,
        nint data
    );

    [LibraryImport(Library)]
    public static partial CXString clang_getCursorSpelling(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXType clang_getCursorType(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXSourceLocation clang_getCursorLocation(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXSourceRange clang_getCursorExtent(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial uint clang_isCursorDefinition(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial uint clang_Cursor_isAnonymous(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial uint clang_Cursor_isBitField(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial int clang_getFieldDeclBitWidth(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial long clang_Cursor_getOffsetOfField(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial uint clang_Cursor_isMacroFunctionLike(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial nint clang_Cursor_Evaluate(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial int clang_EvalResult_getKind(nint result);

    [LibraryImport(Library)]
    public static partial long clang_EvalResult_getAsLongLong(nint result);

    [LibraryImport(Library)]
    public static partial void clang_EvalResult_dispose(nint result);

    [LibraryImport(Library)]
    public static partial long clang_getEnumConstantDeclValue(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXType clang_getEnumDeclIntegerType(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXCursor clang_getTypeDeclaration(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getCanonicalType(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getPointeeType(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getArrayElementType(CXType type);

    [LibraryImport(Library)]
    public static partial long clang_getArraySize(CXType type);

    [LibraryImport(Library)]
    public static partial CXString clang_getTypeSpelling(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getTypedefDeclUnderlyingType(CXCursor cursor);

    [LibraryImport(Library)]
    public static partial CXType clang_Type_getNamedType(CXType type);

    [LibraryImport(Library)]
    public static partial long clang_Type_getSizeOf(CXType type);

    [LibraryImport(Library)]
    public static partial long clang_Type_getAlignOf(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getResultType(CXType type);

    [LibraryImport(Library)]
    public static partial CXType clang_getArgType(CXType type, uint index);

    [LibraryImport(Library)]
    public static partial void clang_getExpansionLocation(
        CXSourceLocation location,
        ref nint file,
        ref uint line,
        ref uint column,
        ref uint offset
    );

    [LibraryImport(Library)]
    public static partial CXString clang_getFileName(nint file);

    [LibraryImport(Library)]
    public static unsafe partial void clang_tokenize(nint unit, CXSourceRange range, ref CXToken* tokens, ref uint count);

    [LibraryImport(Library)]
    public static partial CXString clang_getTokenSpelling(nint unit, CXToken token);

    [LibraryImport(Library)]
    public static partial int clang_getTokenKind(CXToken token);

    [LibraryImport(Library)]
    public static unsafe partial void clang_disposeTokens(nint unit, CXToken* tokens, uint count);
}
