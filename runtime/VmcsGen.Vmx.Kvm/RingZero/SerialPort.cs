using System;
using System.Threading;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// COM1 of a VM: as much of a 16550 as a program sees that polls it. While such a program waits for input its vCPU's thread waits
/// too, instead of spinning.
/// </summary>
internal sealed class SerialPort
{
    internal const ushort FirstPort = 0x3F8;
    internal const ushort LastPort = FirstPort + 7;

    private const int Data = 0;
    private const int LineControl = 3;
    private const int LineStatus = 5;

    private const byte DivisorAccess = 0x80;
    private const byte DataReady = 0x01;
    private const byte TransmitterEmpty = 0x60;

    // A program that asks for the line's status so often in a row, and does nothing else, waits for input.
    private const int Polls = 4;

    private int _polls;
    private byte _lineControl;

    internal SerialChannel ToGuest { get; } = new();

    internal SerialChannel FromGuest { get; } = new();

    internal byte In(ushort port)
    {
        if (port - FirstPort == LineStatus)
            return Status();
        _polls = 0;
        if (port - FirstPort != Data || !ToGuest.HasData)
            return 0;
        byte value = 0;
        ToGuest.Read(new Span<byte>(ref value), milliseconds: 0);
        return value;
    }

    internal void Out(ushort port, byte value)
    {
        _polls = 0;
        switch (port - FirstPort)
        {
            case Data when (_lineControl & DivisorAccess) == 0:
                FromGuest.Write([value]);
                break;
            case LineControl:
                _lineControl = value;
                break;
        }
    }

    private byte Status()
    {
        if (!ToGuest.HasData && ++_polls > Polls)
            ToGuest.Wait(Timeout.Infinite);
        return ToGuest.HasData ? (byte)(TransmitterEmpty | DataReady) : TransmitterEmpty;
    }
}
