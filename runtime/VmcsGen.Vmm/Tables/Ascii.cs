using System;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>Texts of fixed length in tables.</summary>
internal static class Ascii
{
    /// <summary>Fills a field with a text, and with blanks behind it.</summary>
    internal static void Set(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, field);
    }
}
