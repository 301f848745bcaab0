using System;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>
/// The emulated serial port as a stream. It is a pseudo-terminal: nothing listens, and no other user can be at its other end.
/// </summary>
internal sealed class BochsLine : LineStream
{
    private readonly PseudoTerminal _terminal = PseudoTerminal.Create();
    private bool _isConnected;

    /// <summary>The device that the emulator opens.</summary>
    internal string Path => _terminal.Path;

    /// <summary>Nobody will open the other end any more: reading ends instead of waiting.</summary>
    internal void End() => _terminal.Release();

    public override int Read(Span<byte> buffer) => _terminal.Read(buffer, ReadTimeout);

    // Bochs opens its end with settings under which a line feed becomes two bytes and others are signals. Whoever writes has heard
    // the agent, and so Bochs has opened it.
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!_isConnected)
            _terminal.Connect();
        _isConnected = true;
        _terminal.Write(buffer, WriteTimeout);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _terminal.Dispose();
        base.Dispose(disposing);
    }
}
