using System;
using System.IO;

namespace VmcsGen.Vmx;

/// <summary>The other end of an emulated serial port, as a stream.</summary>
/// <param name="toGuest">What the guest will receive.</param>
/// <param name="fromGuest">What the guest has sent.</param>
internal sealed class SerialLine(SerialChannel toGuest, SerialChannel fromGuest) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override bool CanTimeout => true;

    public override int ReadTimeout { get; set; } = System.Threading.Timeout.Infinite;

    // Writing never waits.
    public override int WriteTimeout { get; set; } = System.Threading.Timeout.Infinite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => fromGuest.Read(buffer, ReadTimeout);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => toGuest.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
