using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>The groups of constants of specs.</summary>
internal sealed class SpecGroups
{
    private readonly SpecGroup[] _groups;

    /// <param name="files">The specs.</param>
    /// <param name="constants">The header's constants.</param>
    public SpecGroups(IReadOnlyList<SpecFile> files, IReadOnlyList<CConstant> constants)
    {
        var header = constants.GroupBy(static one => one.Name).ToDictionary(static names => names.Key, static names => names.First());
        _groups = [.. files.SelectMany(file => SpecFile.List(file.Root, "groups").Select(group => new SpecGroup(file, group, header)))];
    }

    /// <summary>
    /// The group that takes a constant: the one whose prefix says most of its name, of several the one with its neighbour in the header.
    /// </summary>
    public SpecGroup? Find(CConstant constant) =>
        _groups
            .Where(group => constant.Name.StartsWith(group.Prefix, StringComparison.Ordinal) && group.Takes(constant))
            .Where(group => group.Prefix.Length > 0 || group.DistanceTo(constant) < int.MaxValue - 1)
            .OrderByDescending(static group => group.Prefix.Length)
            .ThenBy(group => group.DistanceTo(constant))
            .FirstOrDefault();
}
