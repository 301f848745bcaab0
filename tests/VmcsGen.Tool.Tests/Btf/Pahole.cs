using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Headers;

namespace VmcsGen.Tool.Tests.Btf;

/// <summary>What pahole says of structs in BTF.</summary>
internal static partial class Pahole
{
    private static readonly Lazy<string?> s_missing = new(static () =>
    {
        try
        {
            return Tools.TryRun("pahole", "--version").ExitCode == 0 ? null : "pahole does not run.";
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return "There is no pahole to ask for layouts of a kernel's structs: install dwarves.";
        }
    });

    /// <summary>Why there is no pahole; null if there is one.</summary>
    public static string? Missing => s_missing.Value;

    /// <summary>
    /// The bytes of a struct (of a union it does not tell), and its members, closed where they have a tag: name, first bit, bits.
    /// </summary>
    public static (int? Size, IReadOnlyList<(string Name, int Offset, int Bits)> Members) Ask(string tag, string file, string? kernel)
    {
        string[] options = kernel is null ? [] : ["--btf_base", kernel];
        var lines = Tools.Run("pahole", [.. options, "-F", "btf", "-C", tag, file]).Split('\n');
        var members = new List<(string, int, int)>();
        foreach (var line in lines)
        {
            if (Member().Match(line) is not { Success: true } match)
                continue;
            var offset = 8 * Number(match, "offset") + (match.Groups["bit"].Success ? Number(match, "bit") : 0);
            var bits = match.Groups["bits"].Success ? Number(match, "bits") : 8 * Number(match, "size");
            // What has no bytes is a flexible array, or an empty struct.
            if (bits > 0)
                members.Add((match.Groups["name"].Value, offset, bits));
        }
        var size = lines.Select(static line => Size().Match(line)).LastOrDefault(static match => match.Success);
        return (size is null ? null : Number(size, "size"), members);
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"(?:\(\*+(?<name>\w+)(?:\[\d+\])*\)\(.*\)|\b(?<name>\w+)(?:\[\d*\])*)(?::(?<bits>\d+))?(?:\s+__attribute__\(\(.*?\)\))?;\s*/\*\s*(?<offset>\d+)(?::\s*(?<bit>\d+))?\s+(?<size>\d+)\s*\*/"
    )]
    private static partial Regex Member();

    [GeneratedRegex(@"/\* size: (?<size>\d+), ")]
    private static partial Regex Size();
}
