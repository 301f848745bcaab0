using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Seccomp;

/// <summary>The ioctls of specs, by what they are called on.</summary>
internal static class AllowList
{
    /// <summary>Those of some files, and some of KVM's by name.</summary>
    /// <param name="specs">The specs, together with those of KVM.</param>
    /// <param name="paths">The files whose ioctls are meant; none for KVM's.</param>
    /// <param name="names">Names of ioctls; with files, those that are added; without, all that are meant. None means all.</param>
    /// <exception cref="InputException">There is no ioctl of a name.</exception>
    public static IReadOnlyList<AllowedIoctl> Of(SpecSet specs, IReadOnlyCollection<string> paths, IReadOnlyCollection<string> names)
    {
        var members = specs
            .Units.OfType<IoctlNumbersUnit>()
            .SelectMany(static unit => unit.Members)
            .Where(static member => member.IsNative)
            .GroupBy(static member => member.Name, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.First().Request, StringComparer.Ordinal);
        if (names.FirstOrDefault(name => !members.ContainsKey(name)) is { } unknown)
            throw new InputException(
                $"there is no ioctl '{unknown}' that this architecture has. 'vmcsgen search TEXT' finds parts of names."
            );
        return
        [
            .. specs
                .Files.SelectMany(file => file.Items.OfType<IoctlItem>().Select(item => (file.Path, Item: item)))
                .Where(one => IsMeant(one.Path, one.Item.Name.Value, paths, names) && members.ContainsKey(one.Item.Name.Value))
                .SelectMany(one =>
                    one.Item.On.Select(owner => new AllowedIoctl(one.Item.Name.Value, members[one.Item.Name.Value], owner.Name.Value))
                )
                .Distinct()
                .OrderBy(static one => one.Descriptor, StringComparer.Ordinal)
                .ThenBy(static one => one.Name, StringComparer.Ordinal),
        ];
    }

    private static bool IsMeant(string path, string name, IReadOnlyCollection<string> paths, IReadOnlyCollection<string> names) =>
        paths.Contains(path) || names.Contains(name) || (paths.Count == 0 && names.Count == 0);
}
