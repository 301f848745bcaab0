using System;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Kvm;

/// <summary>The other end of an emulated serial port, as a stream. Writing never waits.</summary>
/// <param name="toGuest">What the guest will receive.</param>
/// <param name="fromGuest">What the guest has sent.</param>
internal sealed class SerialLine(SerialChannel toGuest, SerialChannel fromGuest) : LineStream
{
    public override int Read(Span<byte> buffer) => fromGuest.Read(buffer, ReadTimeout);

    public override void Write(ReadOnlySpan<byte> buffer) => toGuest.Write(buffer);
}
