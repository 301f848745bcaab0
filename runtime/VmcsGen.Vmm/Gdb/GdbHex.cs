using System;
using System.Globalization;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>Numbers and bytes in packets.</summary>
internal static class GdbHex
{
    internal static bool TryParse(ReadOnlySpan<byte> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    internal static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    internal static byte[]? ToBytes(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length / 2];
        return
            text.Length % 2 == 0
            && Convert.FromHexString(Encoding.ASCII.GetString(text), bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? bytes
            : null;
    }
}
