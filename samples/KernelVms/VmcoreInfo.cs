using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace KernelVms;

/// <summary>Lines of the form NAME=VALUE that a kernel writes for tools that read its dumps.</summary>
internal sealed class VmcoreInfo
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public VmcoreInfo(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('=', 2) is [var name, var value])
                _values[name] = value;
        }
    }

    /// <summary>The name of the note that has them.</summary>
    public static ReadOnlySpan<byte> Note => "VMCOREINFO\0"u8;

    /// <summary>The lines.</summary>
    public string Text { get; }

    /// <summary>The kernel, as <c>uname -r</c> says it.</summary>
    public string Release => _values.GetValueOrDefault("OSRELEASE", "of an unknown release");

    public static VmcoreInfo Of(ReadOnlySpan<byte> note) => new(Encoding.ASCII.GetString(note).TrimEnd('\0'));

    /// <summary>The address of a symbol.</summary>
    public ulong Symbol(string name) =>
        ulong.TryParse(Required($"SYMBOL({name})"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address)
            ? address
            : throw new DumpException($"VMCOREINFO gives no address for {name}.");

    /// <summary>A number.</summary>
    public long Number(string name) =>
        long.TryParse(Required($"NUMBER({name})"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DumpException($"VMCOREINFO gives no number for {name}.");

    private string Required(string name) =>
        _values.GetValueOrDefault(name)
        ?? throw new DumpException(
            $"the dump has no VMCOREINFO with {name}. QEMU writes it with '-device vmcoreinfo', if the kernel has the module qemu_fw_cfg."
        );
}
