using System;
using System.IO;

namespace VmcsGen.Vmx.RingZero;

/// <summary>A serial line as a stream: bytes in both directions, nothing to seek in, and nothing is held back.</summary>
internal abstract class LineStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanWrite => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanTimeout => true;

    public sealed override int ReadTimeout { get; set; } = System.Threading.Timeout.Infinite;

    public sealed override int WriteTimeout { get; set; } = System.Threading.Timeout.Infinite;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override void Write(ReadOnlySpan<byte> buffer);

    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public sealed override void Flush() { }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();
}
