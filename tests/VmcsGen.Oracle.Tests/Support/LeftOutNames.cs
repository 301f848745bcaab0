using System.Collections.Generic;
using System.IO;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>The names that specs leave out on purpose, by lines of names below a line that begins with # and gives the reason.</summary>
internal static class LeftOutNames
{
    /// <summary>Reads a file of the repository: the reason of each name.</summary>
    public static Dictionary<string, string> Read(params string[] path)
    {
        var names = new Dictionary<string, string>();
        var reason = "";
        foreach (var line in File.ReadLines(Path.Combine([Repository.Root, .. path])))
        {
            if (line.StartsWith('#'))
            {
                reason = line[1..].Trim();
                continue;
            }
            foreach (var name in Words.In(line))
                names.Add(name, reason);
        }
        return names;
    }
}
