using System.Collections.Generic;
using System.CommandLine;

namespace VmcsGen.Tool.Commands;

/// <summary>A command with examples in its help.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Command lines, each with what it is for.</param>
internal sealed class ToolCommand(string name, string description, params (string Line, string Purpose)[] examples)
    : Command(name, description)
{
    /// <summary>Command lines, each with what it is for.</summary>
    public IReadOnlyList<(string Line, string Purpose)> Examples { get; } = examples;
}
