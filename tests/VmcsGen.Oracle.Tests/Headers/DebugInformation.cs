using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>
/// All types that a C file and its headers declare, as the compiler itself sees them: read from the debug information of an
/// object file, in the text form that readelf gives it.
/// </summary>
internal sealed partial class DebugInformation
{
    private readonly Dictionary<int, DebugEntry> _byOffset = [];
    private readonly List<DebugEntry> _top = [];
    private readonly Dictionary<int, string> _files = [];

    private DebugInformation(string text)
    {
        List<DebugEntry> open = [];
        foreach (var line in text.Split('\n'))
        {
            if (Entry().Match(line) is { Success: true } entry)
                Open(entry, open);
            else if (open.Count > 0 && Attribute().Match(line) is { Success: true } attribute)
                open[^1].Attributes[attribute.Groups["name"].Value] = attribute.Groups["value"].Value.Trim();
            else if (File().Match(line) is { Success: true } file)
                _files[int.Parse(file.Groups["number"].Value, CultureInfo.InvariantCulture)] = file.Groups["name"].Value;
        }
    }

    /// <summary>Compiles a file called types.c, which has no code.</summary>
    public static DebugInformation Of(ScratchDirectory directory, string source, params string[] options)
    {
        var file = directory.Write("types.c", source);
        var code = directory.Path("types.o");
        // Version 4 numbers its files in a table that readelf prints one line a file.
        Tools.Run("gcc", [.. options, "-c", "-w", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", file, "-o", code]);
        return new(Tools.Run("readelf", "--debug-dump=info,rawline", code));
    }

    /// <summary>Entries at the top of the file that are declared in a header of this name.</summary>
    public IEnumerable<DebugEntry> DeclaredIn(string header) =>
        _top.Where(e => e.File is { } file && _files.GetValueOrDefault(file) == header);

    /// <summary>The type of an entry, behind type definitions and qualifiers.</summary>
    public DebugEntry? TypeOf(DebugEntry entry)
    {
        var type = entry.TypeReference is { } reference ? _byOffset[reference] : null;
        return type?.Tag is "typedef" or "const_type" or "volatile_type" ? TypeOf(type) : type;
    }

    private void Open(Match entry, List<DebugEntry> open)
    {
        var depth = int.Parse(entry.Groups["depth"].Value, CultureInfo.InvariantCulture);
        if (depth < open.Count)
            open.RemoveRange(depth, open.Count - depth);
        // An entry without a tag ends its siblings.
        if (!entry.Groups["tag"].Success)
            return;
        var added = new DebugEntry(entry.Groups["tag"].Value);
        _byOffset[int.Parse(entry.Groups["offset"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)] = added;
        if (depth == 1)
            _top.Add(added);
        else if (depth > 1)
            open[depth - 1].Children.Add(added);
        open.Add(added);
    }

    [GeneratedRegex(@"^ <(?<depth>\d+)><(?<offset>[0-9a-f]+)>: Abbrev Number: \d+(?: \(DW_TAG_(?<tag>\w+)\))?")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^ +<[0-9a-f]+> +DW_AT_(?<name>\w+) *: (?:\([^)]*\):? +)?(?<value>.*)$")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^ +(?<number>\d+)\t\d+\t\d+\t\d+\t(?<name>\S+)$")]
    private static partial Regex File();
}
