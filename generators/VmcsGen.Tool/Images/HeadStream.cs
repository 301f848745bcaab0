using System;
using System.IO;

namespace VmcsGen.Tool.Images;

/// <summary>A stream of which the beginning was read already, and is read again.</summary>
/// <param name="head">What was read.</param>
/// <param name="rest">The stream behind that.</param>
internal sealed class HeadStream(byte[] head, Stream rest) : ReadOnlyStream
{
    private int _position;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_position == head.Length)
            return rest.Read(buffer);
        var part = head.AsSpan(_position, Math.Min(buffer.Length, head.Length - _position));
        part.CopyTo(buffer);
        _position += part.Length;
        return part.Length;
    }
}
