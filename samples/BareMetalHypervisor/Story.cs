using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace BareMetalHypervisor;

/// <summary>
/// Passes on what the kernel says. A VMCS that it dumps is not shown but explained: by the package's checker of VM entry, which finds the
/// rules that it breaks.
/// </summary>
internal sealed class Story(TextWriter output)
{
    private const string DumpIndentation = "    ";

    private readonly Dictionary<VmcsField, ulong> _fields = [];
    private readonly MsrValues _msrs = [];

    /// <summary>Takes a line.</summary>
    public void Tell(string line)
    {
        if (line.StartsWith(DumpIndentation, StringComparison.Ordinal))
        {
            Remember(line.Trim().Split(' '));
            return;
        }
        if (_fields.Count != 0)
            Explain();
        output.WriteLine(line);
    }

    // "GuestRip 0x8000", or "0x480 0xD8100000000000".
    private void Remember(string[] words)
    {
        var value = ParseHexadecimal(words[1]);
        if (words[0].StartsWith("0x", StringComparison.Ordinal))
            _msrs[(VmxMsr)ParseHexadecimal(words[0])] = value;
        else
            _fields[Enum.Parse<VmcsField>(words[0])] = value;
    }

    private void Explain()
    {
        output.WriteLine($"  ({_fields.Count} fields.) The checker says:");
        foreach (var violation in VmEntryChecker.CheckKnown(_fields, _msrs).Violations)
            output.WriteLine("  " + violation.ToString().ReplaceLineEndings("\n  "));
        _fields.Clear();
    }

    private static ulong ParseHexadecimal(string text) =>
        ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
