using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace VmcsGen.Tool.Clang;

/// <summary>A C file that libclang has read, with all that it includes.</summary>
/// <remarks>Memory is safe: what libclang gets lives until its call returns, and what it gives lives until this is disposed.</remarks>
internal sealed unsafe class ClangUnit : IDisposable
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "vmcsgen.c";

    // Macros are kept; bodies of functions are skipped; an error does not end the reading.
    private const uint Options = 0x1 | 0x40 | 0x200;

    private const int Error = 3;

    private readonly nint _index;
    private readonly nint _unit;

    /// <summary>Reads a C file.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="arguments">Arguments of the compiler.</param>
    public ClangUnit(string source, IReadOnlyList<string> arguments)
    {
        ClangLibrary.Load();
        _index = Native.clang_createIndex(0, 0);
        var kept = new List<nint>();
        try
        {
            var pointers = new nint[arguments.Count];
            for (var i = 0; i < pointers.Length; i++)
                pointers[i] = Keep(arguments[i]);
            var file = new CXUnsavedFile
            {
                Name = Keep(FileName),
                Contents = Keep(source),
                Length = (nuint)Encoding.UTF8.GetByteCount(source),
            };
            fixed (nint* first = pointers)
            {
                if (Native.clang_parseTranslationUnit2(_index, file.Name, first, pointers.Length, &file, 1, Options, out _unit) != 0)
                    throw new InvalidOperationException("libclang could not read its input.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            kept.ForEach(Marshal.FreeCoTaskMem);
        }

        nint Keep(string text)
        {
            kept.Add(Marshal.StringToCoTaskMemUTF8(text));
            return kept[^1];
        }
    }

    /// <summary>The whole.</summary>
    public CXCursor Root => Native.clang_getTranslationUnitCursor(_unit);

    /// <summary>The errors.</summary>
    public IEnumerable<ClangProblem> Problems()
    {
        var count = Native.clang_getNumDiagnostics(_unit);
        for (uint i = 0; i < count; i++)
        {
            var diagnostic = Native.clang_getDiagnostic(_unit, i);
            try
            {
                if (Native.clang_getDiagnosticSeverity(diagnostic) >= Error)
                    yield return new(
                        Place(Native.clang_getDiagnosticLocation(diagnostic)),
                        Text(Native.clang_getDiagnosticSpelling(diagnostic))
                    );
            }
            finally
            {
                Native.clang_disposeDiagnostic(diagnostic);
            }
        }
    }

    /// <summary>What a node consists of.</summary>
    public static List<CXCursor> Children(CXCursor parent)
    {
        var children = new List<CXCursor>();
        var handle = GCHandle.Alloc(children);
        _ = Native.clang_visitChildren(parent, &Visit, GCHandle.ToIntPtr(handle));
        handle.Free();
        return children;
    }

    /// <summary>The members of a struct or union, those without a name too.</summary>
    public static List<CXCursor> Fields(CXType type)
    {
        var fields = new List<CXCursor>();
        var handle = GCHandle.Alloc(fields);
        _ = Native.clang_Type_visitFields(type, &VisitField, GCHandle.ToIntPtr(handle));
        handle.Free();
        return fields;
    }

    /// <summary>Where a node stands.</summary>
    public static ClangPlace Place(CXCursor cursor) => Place(Native.clang_getCursorLocation(cursor));

    /// <summary>The name of a node.</summary>
    public static string Name(CXCursor cursor) => Text(Native.clang_getCursorSpelling(cursor));

    /// <summary>A type as C writes it.</summary>
    public static string Spelling(CXType type) => Text(Native.clang_getTypeSpelling(type));

    /// <summary>The words and signs of a node, without comments.</summary>
    public List<string> Tokens(CXCursor cursor)
    {
        const int Comment = 4;
        var words = new List<string>();
        CXToken* tokens = null;
        uint count = 0;
        Native.clang_tokenize(_unit, Native.clang_getCursorExtent(cursor), ref tokens, ref count);
        for (var i = 0; i < count; i++)
        {
            if (Native.clang_getTokenKind(tokens[i]) != Comment)
                words.Add(Text(Native.clang_getTokenSpelling(_unit, tokens[i])));
        }
        Native.clang_disposeTokens(_unit, tokens, count);
        return words;
    }

    /// <summary>The integer that a variable is initialized with; null for anything else.</summary>
    public static Int128? Evaluate(CXCursor variable)
    {
        const int Integer = 1;
        var result = Native.clang_Cursor_Evaluate(variable);
        if (result == 0)
            return null;
        try
        {
            return Native.clang_EvalResult_getKind(result) == Integer
                ? AsNumber(Native.clang_EvalResult_getAsLongLong(result), Native.clang_getCursorType(variable))
                : null;
        }
        finally
        {
            Native.clang_EvalResult_dispose(result);
        }
    }

    /// <summary>The number that bits are to a type.</summary>
    public static Int128 AsNumber(long bits, CXType type)
    {
        var canonical = Native.clang_getCanonicalType(type);
        if (canonical.Kind == TypeKind.Enum)
            canonical = Native.clang_getCanonicalType(Native.clang_getEnumDeclIntegerType(Native.clang_getTypeDeclaration(canonical)));
        if (canonical.Kind is not (>= TypeKind.Bool and < TypeKind.CharSigned))
            return bits;
        var size = (int)Native.clang_Type_getSizeOf(canonical);
        return size >= sizeof(ulong) ? (ulong)bits : (ulong)bits & ((1ul << (size * 8)) - 1);
    }

    public void Dispose()
    {
        if (_unit != 0)
            Native.clang_disposeTranslationUnit(_unit);
        Native.clang_disposeIndex(_index);
    }

    private static ClangPlace Place(CXSourceLocation location)
    {
        nint file = 0;
        var (line, column, offset) = (0u, 0u, 0u);
        Native.clang_getExpansionLocation(location, ref file, ref line, ref column, ref offset);
        return new(file == 0 ? "" : Text(Native.clang_getFileName(file)), (int)line);
    }

    private static string Text(CXString text)
    {
        var value = Marshal.PtrToStringUTF8(Native.clang_getCString(text)) ?? "";
        Native.clang_disposeString(text);
        return value;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Visit(CXCursor child, CXCursor parent, nint data)
    {
        const int Continue = 1;
        ((List<CXCursor>)GCHandle.FromIntPtr(data).Target!).Add(child);
        return Continue;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int VisitField(CXCursor field, nint data)
    {
        const int Continue = 1;
        ((List<CXCursor>)GCHandle.FromIntPtr(data).Target!).Add(field);
        return Continue;
    }
}
