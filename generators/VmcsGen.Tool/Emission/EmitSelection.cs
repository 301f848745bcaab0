using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Emission;

/// <summary>Chooses what is emitted: of what the files say about x86-64.</summary>
internal static class EmitSelection
{
    /// <summary>What some files say, with the structs of others that theirs need.</summary>
    /// <param name="specs">All specs.</param>
    /// <param name="files">The files that are meant.</param>
    public static EmitSet Of(SpecSet specs, IReadOnlyCollection<SpecFile> files)
    {
        var paths = files.Select(static file => file.Path).ToHashSet();
        var names = files.SelectMany(static file => file.Items).Select(static item => item.Name.Value).ToHashSet();
        var units = specs.Units.Where(unit => unit.Target.Path.Length == 0 || paths.Contains(unit.Target.Path)).ToArray();
        var items = specs.Files.Where(static file => file.Holds(Architecture.X64)).SelectMany(static file => file.Items).ToArray();
        var ioctls = specs
            .Units.OfType<IoctlNumbersUnit>()
            .SelectMany(static unit => unit.Members)
            .Where(static member => member.IsNative)
            .GroupBy(static member => member.Name)
            .ToDictionary(static one => one.Key, static one => one.First().Request);
        return new(
            specs,
            EmitConstants.Distinct(units.SelectMany(unit => EmitConstants.Of(unit, names.Contains))),
            EmitStructs.InOrder([.. Structs(specs, items, units), .. units.OfType<LayoutUnit>().Select(EmitStructs.Of)]),
            [
                .. items
                    .OfType<IoctlItem>()
                    .Where(item => names.Contains(item.Name.Value) && ioctls.ContainsKey(item.Name.Value))
                    .Select(item => (item, ioctls[item.Name.Value])),
            ]
        );
    }

    private static IEnumerable<EmitStruct> Structs(SpecSet specs, SpecItem[] items, EmitUnit[] units)
    {
        var all = items
            .OfType<StructItem>()
            .GroupBy(static item => item.Name.Value)
            .ToDictionary(static one => one.Key, static one => one.First().For(Architecture.X64));
        var left = new Queue<string>(units.OfType<StructUnit>().Select(static unit => unit.Shape.Native));
        var done = new HashSet<string>();
        while (left.TryDequeue(out var tag))
        {
            if (!done.Add(tag) || !all.TryGetValue(tag, out var item) || specs.FindStruct(tag) is not { } shape)
                continue;
            var one = EmitStructs.Of(item, shape);
            yield return one;
            foreach (var used in EmitStructs.TagsOf(one))
                left.Enqueue(used);
        }
    }
}
