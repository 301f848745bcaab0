using System.Linq;
using System.Text;

namespace VmcsGen.Tool.Emission;

/// <summary>Texts between quotation marks, as C, Python and Rust alike have them.</summary>
internal static class Quoted
{
    /// <summary>Quotes a text; what is not printable ASCII is written by its number.</summary>
    public static string Of(string text) =>
        $"\"{string.Concat(Encoding.UTF8.GetBytes(text).Select(static one => one is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\' ? $"{(char)one}" : $"\\x{one:x2}"))}\"";
}
