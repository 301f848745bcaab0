using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace BareMetalHypervisor;

/// <summary>
/// Passes on what the kernel says. A VMCS that it dumps is explained by the package's checker of VM entry, which finds the rules that it
/// breaks. One that breaks none is shown.
/// </summary>
internal sealed class Story(TextWriter output)
{
    private const string DumpIndentation = "    ";

    private readonly Dictionary<VmcsField, ulong> _fields = [];
    private readonly MsrValues _msrs = [];
    private VmEntryContext? _processor;

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

    // "GuestRip 0x8000", "0x480 0xD8100000000000", or "PhysicalAddressWidth 0x28".
    private void Remember(string[] words)
    {
        var value = ParseHexadecimal(words[1]);
        if (words[0].StartsWith("0x", StringComparison.Ordinal))
            _msrs[(VmxMsr)ParseHexadecimal(words[0])] = value;
        else if (words[0] == nameof(VmEntryContext.PhysicalAddressWidth))
            _processor = new() { PhysicalAddressWidth = (int)value };
        else
            _fields[Enum.Parse<VmcsField>(words[0])] = value;
    }

    private void Explain()
    {
        var violations = VmEntryChecker.CheckKnown(_fields, _msrs, _processor).Violations;
        if (violations.Count == 0)
        {
            output.WriteLine($"  ({_fields.Count} fields, which break no rule of VM entry.) Those that are not 0:");
            foreach (var (field, value) in _fields.Where(static pair => pair.Value != 0))
                output.WriteLine($"  {field} 0x{value:X}");
        }
        else
        {
            output.WriteLine($"  ({_fields.Count} fields.) The checker says:");
            foreach (var violation in violations)
                output.WriteLine("  " + violation.ToString().ReplaceLineEndings("\n  "));
        }
        _fields.Clear();
    }

    private static ulong ParseHexadecimal(string text) =>
        ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
