using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using VmcsGen.Tool;
using VmcsGen.Tool.Comparison;

namespace VmcsGen.Facts;

/// <summary>In which of several kernels each name of KVM's interface is first: <c>kvm_since.json</c>.</summary>
internal static class ReleaseRecord
{
    /// <summary>Makes it.</summary>
    /// <param name="kernels">Each as RELEASE=FOLDER, the oldest first: 6.12=usr/include. Further folders stand behind a colon.</param>
    /// <param name="older">The record of older kernels, to which these are added.</param>
    public static JsonObject Of(IReadOnlyList<string> kernels, JsonObject? older = null)
    {
        var first = older?["first"]?.DeepClone().AsObject() ?? [];
        var newest = first.Select(static kernel => Version.Parse(kernel.Key)).LastOrDefault();
        var met = new HashSet<string>(first.SelectMany(static kernel => NamesIn(kernel.Value!)), StringComparer.Ordinal);
        foreach (var kernel in kernels)
        {
            if (kernel.Split('=') is not [var release, var folders] || !Version.TryParse(release, out var version))
                throw new InputException($"'{kernel}' is no kernel: write RELEASE=FOLDER, as in 6.12=usr/include.");
            if (newest is not null && version <= newest)
                throw new InputException($"Linux {version} is not later than {newest}: name the kernels in their order, the oldest first.");
            newest = version;
            var names = Names(folders.Split(':')).Where(met.Add).Order(StringComparer.Ordinal);
            // Many in a line, as there are thousands.
            first[release] = new JsonArray([.. names.Chunk(4).Select(static some => (JsonNode)string.Join(' ', some))]);
        }
        return new() { ["first"] = first };
    }

    private static IEnumerable<string> NamesIn(JsonNode lines) =>
        lines.AsArray().SelectMany(static line => line!.GetValue<string>().Split(' '));

    private static IEnumerable<string> Names(string[] folders)
    {
        var header = KvmRecord.Read(folders);
        return header
            .Records.SelectMany(static record => Leaf.Of(record).Select(leaf => $"{record.Tag}.{leaf.Path}").Prepend(record.Tag))
            .Concat(header.Ioctls.Select(static ioctl => ioctl.Name))
            // Macros whose values a program of this machine cannot tell are there too.
            .Concat(header.Others.Select(static other => other.Name))
            .Concat(header.Constants.Select(static constant => constant.Name));
    }
}
