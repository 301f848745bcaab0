using System;
using System.IO;

namespace VmcsGen.Tool.Images;

/// <summary>A stream of which the beginning was read already, and is read again.</summary>
/// <param name="head">What was read.</param>
/// <param name="rest">The stream behind that.</param>
internal sealed class HeadStream(byte[] head, Stream rest) : Stream
{
    private int _position;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
