using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Headers;

/// <summary>Reads what headers declare.</summary>
internal sealed class HeaderReader
{
    private readonly HeaderSet _headers;
    private readonly List<CRecord> _records = [];
    private readonly List<CConstant> _constants = [];
    private readonly Dictionary<string, Macro> _macros = [];
    private int _order;

    private HeaderReader(HeaderSet headers) => _headers = headers;

    /// <summary>Reads headers, and of what they include nothing else.</summary>
    /// <param name="headers">The headers.</param>
    /// <param name="target">For which machine.</param>
    public static CInterface Read(HeaderSet headers, ClangTarget target)
    {
        var reader = new HeaderReader(headers);
        using (var unit = new ClangUnit(headers.Source, target.Arguments))
        {
            foreach (var problem in unit.Problems())
                throw new InputException(
                    $"{problem.Place.File}: line {problem.Place.Line}: {problem.Message}. Name the folder that headers lie in with --include, "
                        + "and what the kernel defines elsewhere with --define."
                );
            reader.ReadDeclarations(unit);
        }
        var enumerators = reader._constants.Select(static constant => constant.Name).ToHashSet(StringComparer.Ordinal);
        var macros = reader._macros.Values.Where(macro => !enumerators.Contains(macro.Name)).OrderBy(static macro => macro.Place.Order);
        var probe = Probe.Run(headers.Source, target, [.. macros], reader._records);
        if (reader._records.Count + reader._constants.Count + probe.Constants.Count + probe.Ioctls.Count == 0)
            throw new InputException($"{string.Join(", ", headers.Names)}: nothing is declared there.");
        return new(
            [.. reader._records.OrderBy(static record => record.Place.Order)],
            [.. reader._constants.Concat(probe.Constants).OrderBy(static constant => constant.Place.Order)],
            [.. probe.Ioctls.OrderBy(static ioctl => ioctl.Place.Order)],
            probe.Others
        );
    }

    private void ReadDeclarations(ClangUnit unit)
    {
        // Macros come first in the tree, and where a header stands behind another is told by its lines alone.
        var declarations = ClangUnit
            .Children(unit.Root)
            .Select(cursor => (Cursor: cursor, Place: ClangUnit.Place(cursor)))
            .Select(one => (one.Cursor, one.Place.Line, Header: _headers.Find(one.Place.File)))
            .Where(static one => one.Header is not null)
            .OrderBy(one => Array.IndexOf([.. _headers.Names], one.Header))
            .ThenBy(static one => one.Line);
        foreach (var (cursor, line, header) in declarations)
            ReadDeclaration(unit, cursor, new(header!, line, _order++));
    }

    private void ReadDeclaration(ClangUnit unit, CXCursor cursor, CPlace place)
    {
        switch (cursor.Kind)
        {
            case CursorKind.Struct or CursorKind.Union when Native.clang_isCursorDefinition(cursor) != 0:
                ReadRecord(cursor, place);
                break;
            case CursorKind.Typedef:
                ReadTypedef(cursor, place);
                break;
            case CursorKind.Enum when Native.clang_isCursorDefinition(cursor) != 0:
                ReadEnum(unit, cursor, place);
                break;
            case CursorKind.MacroDefinition when Native.clang_Cursor_isMacroFunctionLike(cursor) == 0:
                var name = ClangUnit.Name(cursor);
                if (unit.Tokens(cursor) is [_, .. { Count: > 0 } body])
                    _macros[name] = new(name, place, body);
                else
                    _macros.Remove(name);
                break;
        }
    }

    private void ReadRecord(CXCursor cursor, CPlace place)
    {
        // What is declared inside of a struct with a tag is known outside.
        foreach (var child in ClangUnit.Children(cursor))
        {
            if (child.Kind is CursorKind.Struct or CursorKind.Union && Native.clang_isCursorDefinition(child) != 0)
                ReadRecord(child, place);
        }
        if (Native.clang_Cursor_isAnonymous(cursor) == 0 && !ClangUnit.Name(cursor).Contains(' ', StringComparison.Ordinal))
            Add(RecordReader.Read(Native.clang_getCursorType(cursor), ClangUnit.Name(cursor), place));
    }

    private void Add(CRecord record)
    {
        if (!_records.Exists(known => known.Tag == record.Tag))
            _records.Add(record);
    }

    // A struct without a tag is called as the typedef.
    private void ReadTypedef(CXCursor cursor, CPlace place)
    {
        var type = Native.clang_getCanonicalType(Native.clang_getTypedefDeclUnderlyingType(cursor));
        if (type.Kind != TypeKind.Record)
            return;
        var declaration = Native.clang_getTypeDeclaration(type);
        if (ClangUnit.Name(declaration) == ClangUnit.Name(cursor) && Native.clang_isCursorDefinition(declaration) != 0)
            Add(RecordReader.Read(type, ClangUnit.Name(cursor), place));
    }

    private void ReadEnum(ClangUnit unit, CXCursor cursor, CPlace place)
    {
        var isTagged = Native.clang_Cursor_isAnonymous(cursor) == 0 && !ClangUnit.Name(cursor).Contains(' ', StringComparison.Ordinal);
        var type = new CEnum(isTagged ? ClangUnit.Name(cursor) : "", place.Order);
        foreach (var child in ClangUnit.Children(cursor).Where(static child => child.Kind == CursorKind.EnumConstant))
        {
            var value = ClangUnit.AsNumber(Native.clang_getEnumConstantDeclValue(child), Native.clang_getCursorType(child));
            var expression = unit.Tokens(child) is [_, "=", .. var words] ? words : [];
            _constants.Add(
                new(
                    ClangUnit.Name(child),
                    place with
                    {
                        Line = ClangUnit.Place(child).Line,
                        Order = _order++,
                    },
                    value,
                    null,
                    expression,
                    type
                )
            );
        }
    }
}
