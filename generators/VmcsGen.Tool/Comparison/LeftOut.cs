using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Tool.Comparison;

/// <summary>
/// Names that specs leave out on purpose: a text in which lines that begin with # give the reason for the names on the lines below.
/// </summary>
internal sealed class LeftOut
{
    private readonly Dictionary<string, string> _reasons = [];

    /// <summary>The file of this name in a folder of specs is read.</summary>
    public const string FileName = "left-out.txt";

    /// <param name="text">The text.</param>
    public LeftOut(string text)
    {
        var reason = "";
        foreach (var line in text.Split('\n').Select(static line => line.Trim()))
        {
            if (line.StartsWith('#'))
                reason = line.TrimStart('#', ' ');
            else
            {
                foreach (var name in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    _reasons[name] = reason;
            }
        }
    }

    /// <summary>Reads those of a folder.</summary>
    public static LeftOut Of(string folder) =>
        new(
            string.Join(
                '\n',
                Directory
                    .EnumerateFiles(folder, FileName, SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(File.ReadAllText)
            )
        );

    /// <summary>Why a name is left out; null for one that is not.</summary>
    public string? ReasonOf(string name) => _reasons.GetValueOrDefault(name);
}
