using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Lines of a dump, and the fields whose values they show.</summary>
internal sealed class PrintedVmcs(IReadOnlyDictionary<VmcsField, ulong> vmcs)
{
    public List<string> Lines { get; } = [];

    public Dictionary<VmcsField, ulong> Fields { get; } = [];

    public ulong this[VmcsField field] => vmcs.GetValueOrDefault(field);

    public bool Has(VmcsField word, int bit) => (this[word] >> bit & 1) != 0;

    /// <summary>A line with C's %0Nx for each field: its hexadecimal digits, at least so many.</summary>
    public void Line(string format, params (VmcsField Field, int Digits)[] values)
    {
        var texts = values.Select(one => (object)Hex(one.Field, one.Digits)).ToArray();
        Lines.Add(string.Format(CultureInfo.InvariantCulture, format, texts));
    }

    /// <summary>A field's value, for a line that is composed by hand.</summary>
    public string Hex(VmcsField field, int digits)
    {
        Fields[field] = this[field];
        return this[field].ToString("x", CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    public string Text(string prefix) => string.Concat(Lines.Select(line => $"{prefix}{line}\n"));

    /// <summary>As a mailer wraps it: at the last blank before the column, without a prefix on what follows.</summary>
    public string Wrapped(string prefix, int width)
    {
        var text = new StringBuilder();
        foreach (var line in Lines)
        {
            var rest = prefix + line;
            while (
                rest.Length > width
                && rest.LastIndexOf(' ', width) is > 0 and var blank
                && rest[..blank].Trim().Length > prefix.Trim().Length
            )
            {
                text.Append(rest[..blank]).Append('\n');
                rest = rest[(blank + 1)..];
            }
            text.Append(rest).Append('\n');
        }
        return text.ToString();
    }
}
