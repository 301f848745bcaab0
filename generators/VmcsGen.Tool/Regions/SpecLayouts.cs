using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Regions;

/// <summary>Layouts of spec files.</summary>
internal static class SpecLayouts
{
    /// <summary>Finds the layout that <c>FILE</c> or <c>FILE:NAME</c> means.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="severalAreGood">Whether a file with several layouts means all of them.</param>
    /// <exception cref="InputException">The file cannot be used, or has no such layout, or several.</exception>
    public static IReadOnlyList<RegionLayout> Find(string text, bool severalAreGood = false)
    {
        var colon = text.LastIndexOf(':');
        var hasName = colon > 0 && !File.Exists(text);
        var (path, name) = hasName ? (text[..colon], text[(colon + 1)..]) : (text, null);
        var layouts = SpecFiles
            .Load([path])
            .Units.OfType<LayoutUnit>()
            .Where(unit => unit.Target.Path == path)
            .Select(RegionLayout.Of)
            .Where(static layout => layout.Members.Count != 0)
            .ToArray();
        var names = string.Join(", ", layouts.Select(static layout => layout.Name));
        if (layouts.Length == 0)
            throw new InputException($"{path}: the spec has no layout. Its kind must be 'layouts'.");
        if (name is null)
        {
            return layouts.Length == 1 || severalAreGood
                ? layouts
                : throw new InputException($"{path}: the spec has several layouts: {names}. Say which by {path}:NAME.");
        }
        return Array.Find(layouts, layout => layout.Name == name) is { } found
            ? [found]
            : throw new InputException($"{path}: the spec has no layout '{name}'. It has {names}.");
    }
}
