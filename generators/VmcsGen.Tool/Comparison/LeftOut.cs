using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Comparison;

/// <summary>
/// Names that specs leave out on purpose: a text in which lines that begin with # give the reason for the names on the lines below.
/// </summary>
internal sealed class LeftOut
{
    private readonly Dictionary<string, string> _reasons = [];

    /// <summary>
    /// The name of the files that are read in a folder of specs: <c>left-out.txt</c>, and <c>left-out.arm64.txt</c> of another machine.
    /// </summary>
    public static string FileName(Architecture architecture) => architecture.IsX64 ? "left-out.txt" : $"left-out.{architecture.Name}.txt";

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
    public static LeftOut Of(string folder, Architecture architecture) =>
        new(
            string.Join(
                '\n',
                Directory
                    .EnumerateFiles(folder, FileName(architecture), SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(File.ReadAllText)
            )
        );

    /// <summary>Why a name is left out; null for one that is not.</summary>
    public string? ReasonOf(string name) => _reasons.GetValueOrDefault(name);
}
