using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Headers;

/// <summary>Reads what headers declare.</summary>
internal sealed class HeaderReader
{
    private readonly HeaderSet _headers;
    private readonly List<CRecord> _records = [];
    private readonly Dictionary<string, CRecord> _elsewhere = [];
    private readonly List<CConstant> _constants = [];
    private readonly Dictionary<string, Macro> _macros = [];
    private readonly List<string> _macrosWithParameters = [];
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
            reader.ReadDeclarations(unit, target);
        }
        var enumerators = reader._constants.Select(static constant => constant.Name).ToHashSet(StringComparer.Ordinal);
        var macros = reader._macros.Values.Where(macro => !enumerators.Contains(macro.Name)).OrderBy(static macro => macro.Place.Order);
        var probe = Probe.Run(headers.Source, target, [.. macros], reader._records);
        if (reader._records.Count + reader._constants.Count + probe.Constants.Count + probe.Ioctls.Count == 0)
            throw new InputException($"{string.Join(", ", headers.Names)}: nothing is declared there.");
        foreach (var ioctl in probe.Ioctls)
            reader.Take(ioctl.Argument, ioctl.Place);
        foreach (var record in reader._records.ToArray())
            reader.TakeHeld(record);
        return new(
            [.. reader._records.OrderBy(static record => record.Place.Order)],
            [.. reader._constants.Concat(probe.Constants).OrderBy(static constant => constant.Place.Order)],
            [.. probe.Ioctls.OrderBy(static ioctl => ioctl.Place.Order)],
            probe.Others
        )
        {
            MacrosWithParameters = reader._macrosWithParameters,
        };
    }

    private void ReadDeclarations(ClangUnit unit, ClangTarget target)
    {
        // Macros come first in the tree, and where a header stands behind another is told by its lines alone.
        var all = ClangUnit
            .Children(unit.Root)
            .Select(cursor => (Cursor: cursor, Place: ClangUnit.Place(cursor)))
            .Select(one => (one.Cursor, one.Place.File, one.Place.Line, Header: _headers.Find(one.Place.File)))
            .ToArray();
        foreach (var (_, file, _, header) in all.Where(static one => one.Header is not null).DistinctBy(static one => one.Header))
            RequireFolder(header!, file, target);
        foreach (var (cursor, _, _, _) in all.Where(static one => one.Header is null))
            ReadElsewhere(cursor);
        var declarations = all.Where(static one => one.Header is not null)
            .OrderBy(one => Array.IndexOf([.. _headers.Names], one.Header))
            .ThenBy(static one => one.Line);
        foreach (var (cursor, _, line, header) in declarations)
            ReadDeclaration(unit, cursor, new(header!, line, _order++));
    }

    // Headers of two kernels make an interface that no kernel has.
    private static void RequireFolder(string header, string file, ClangTarget target)
    {
        if (target.Includes.Count == 0 || target.Includes.Any(folder => IsIn(Path.GetFullPath(folder), Path.GetFullPath(file))))
            return;
        throw new InputException(
            $"{header}: none of the folders of --include has it, and the system's ({file}) may be of another kernel. Name the folder that "
                + $"has it with --include, be it {file[..^(header.Length + 1)]}."
        );
    }

    private static bool IsIn(string folder, string file) => file.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

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
            case CursorKind.MacroDefinition when Native.clang_Cursor_isMacroFunctionLike(cursor) != 0:
                _macrosWithParameters.Add(ClangUnit.Name(cursor));
                break;
            case CursorKind.MacroDefinition:
                var name = ClangUnit.Name(cursor);
                if (unit.Tokens(cursor) is [_, .. { Count: > 0 } body])
                    _macros[name] = new(name, place, body);
                else
                    _macros.Remove(name);
                break;
        }
    }

    // What other headers declare is of use where the named ones refer to it.
    private void ReadElsewhere(CXCursor cursor)
    {
        var isRecord = cursor.Kind is CursorKind.Struct or CursorKind.Union && Native.clang_isCursorDefinition(cursor) != 0;
        if (isRecord && IsTagged(cursor))
            _elsewhere.TryAdd(
                ClangUnit.Name(cursor),
                RecordReader.Read(Native.clang_getCursorType(cursor), ClangUnit.Name(cursor), default)
            );
        else if (cursor.Kind == CursorKind.Typedef && NamedRecord(cursor) is { } type)
            _elsewhere.TryAdd(ClangUnit.Name(cursor), RecordReader.Read(type, ClangUnit.Name(cursor), default));
    }

    private void TakeHeld(CRecord record)
    {
        foreach (var member in record.Members)
        {
            Take(member.Type, record.Place);
            if (member.Nested is { } nested)
                TakeHeld(nested with { Place = record.Place });
        }
    }

    private void Take(CDeclaredType? type, CPlace place)
    {
        if (type?.Element.Split(' ') is not ["struct" or "union", var tag] || !_elsewhere.Remove(tag, out var record))
            return;
        if (_records.Exists(known => known.Tag == tag))
            return;
        _records.Add(record with { Place = place });
        TakeHeld(record with { Place = place });
    }

    private static bool IsTagged(CXCursor cursor) =>
        Native.clang_Cursor_isAnonymous(cursor) == 0 && !ClangUnit.Name(cursor).Contains(' ', StringComparison.Ordinal);

    private void ReadRecord(CXCursor cursor, CPlace place)
    {
        // What is declared inside of a struct with a tag is known outside.
        foreach (var child in ClangUnit.Children(cursor))
        {
            if (child.Kind is CursorKind.Struct or CursorKind.Union && Native.clang_isCursorDefinition(child) != 0)
                ReadRecord(child, place);
        }
        if (IsTagged(cursor))
            Add(RecordReader.Read(Native.clang_getCursorType(cursor), ClangUnit.Name(cursor), place));
    }

    private void Add(CRecord record)
    {
        if (!_records.Exists(known => known.Tag == record.Tag))
            _records.Add(record);
    }

    private void ReadTypedef(CXCursor cursor, CPlace place)
    {
        if (NamedRecord(cursor) is { } type)
            Add(RecordReader.Read(type, ClangUnit.Name(cursor), place));
    }

    // A struct without a tag is called as the typedef.
    private static CXType? NamedRecord(CXCursor typedef)
    {
        var type = Native.clang_getCanonicalType(Native.clang_getTypedefDeclUnderlyingType(typedef));
        if (type.Kind != TypeKind.Record)
            return null;
        var declaration = Native.clang_getTypeDeclaration(type);
        return ClangUnit.Name(declaration) == ClangUnit.Name(typedef) && Native.clang_isCursorDefinition(declaration) != 0 ? type : null;
    }

    private void ReadEnum(ClangUnit unit, CXCursor cursor, CPlace place)
    {
        var type = new CEnum(IsTagged(cursor) ? ClangUnit.Name(cursor) : "", place.Order);
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
