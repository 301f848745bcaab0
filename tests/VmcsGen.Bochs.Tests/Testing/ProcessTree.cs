using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>Processes as <c>/proc</c> tells.</summary>
internal static class ProcessTree
{
    /// <summary>The children of a process whose program has a name that begins so.</summary>
    public static int[] Children(int parent, string name) =>
        [
            .. All()
                .Where(one => one.Parent == parent && one.Name.StartsWith(name, System.StringComparison.Ordinal))
                .Select(static one => one.Id),
        ];

    /// <summary>Whether there is such a process, other than as a zombie.</summary>
    public static bool IsAlive(int id) => All().Any(one => one.Id == id && one.State != "Z");

    private static IEnumerable<(int Id, int Parent, string Name, string State)> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id))
                continue;
            string text;
            try
            {
                text = File.ReadAllText(Path.Combine(directory, "stat"));
            }
            catch (IOException)
            {
                continue; // It ended meanwhile.
            }
            // "123 (name) S 1 …"; a name may hold spaces and parentheses.
            var open = text.IndexOf('(', System.StringComparison.Ordinal);
            var close = text.LastIndexOf(')');
            var rest = text[(close + 2)..].Split(' ');
            yield return (id, int.Parse(rest[1], CultureInfo.InvariantCulture), text[(open + 1)..close], rest[0]);
        }
    }
}
