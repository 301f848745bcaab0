using System;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The I/O bitmaps: two pages that decide which I/O instructions of the guest cause VM exits. Bitmap A covers the ports 0 to 7FFFH,
/// bitmap B the ports 8000H to FFFFH (SDM 3C 25.6.4).
/// </summary>
public readonly ref struct IoBitmaps
{
    private const int Ports = 0x10000;

    private readonly Span<byte> _a;
    private readonly Span<byte> _b;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="a">4096 bytes. Their physical address is the VMCS field IoBitmapA.</param>
    /// <param name="b">4096 bytes. Their physical address is the VMCS field IoBitmapB.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public IoBitmaps(Span<byte> a, Span<byte> b)
    {
        _a = VmxPage.Check(a, "I/O bitmap A");
        _b = VmxPage.Check(b, "I/O bitmap B");
    }

    /// <summary>
    /// Whether an access causes a VM exit: if the bit of any of its ports is set, and always if it goes on behind port FFFFH
    /// (SDM 3C 26.1.3).
    /// </summary>
    /// <param name="port">The first port.</param>
    /// <param name="size">Bytes of the access: 1, 2 or 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not 1, 2 or 4.</exception>
    public bool Intercepts(ushort port, int size = 1)
    {
        if (size is not (1 or 2 or 4))
            throw new ArgumentOutOfRangeException(nameof(size), $"An access to an I/O port has 1, 2 or 4 bytes, not {size}.");
        for (var i = (int)port; i < port + size; i++)
        {
            if (i >= Ports || (Byte(i) & Bit(i)) != 0)
                return true;
        }
        return false;
    }

    /// <summary>Makes accesses to ports cause VM exits.</summary>
    /// <param name="port">The first port.</param>
    /// <param name="count">How many ports.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or the ports go on behind FFFFH.</exception>
    public void Intercept(ushort port, int count = 1)
    {
        Check(port, count);
        for (var i = (int)port; i < port + count; i++)
            Byte(i) |= Bit(i);
    }

    /// <summary>Lets the guest access ports without VM exits.</summary>
    /// <param name="port">The first port.</param>
    /// <param name="count">How many ports.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or the ports go on behind FFFFH.</exception>
    public void Allow(ushort port, int count = 1)
    {
        Check(port, count);
        for (var i = (int)port; i < port + count; i++)
            Byte(i) &= (byte)~Bit(i);
    }

    /// <summary>Makes all I/O instructions cause VM exits.</summary>
    public void InterceptAll()
    {
        _a.Fill(0xFF);
        _b.Fill(0xFF);
    }

    /// <summary>Lets the guest access all ports.</summary>
    public void AllowAll()
    {
        _a.Clear();
        _b.Clear();
    }

    private static void Check(ushort port, int count)
    {
        if (count < 0 || port + count > Ports)
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} ports from 0x{port:X} are not within 0 to 0xFFFF.");
    }

    private static byte Bit(int port) => (byte)(1 << (port & 7));

    private ref byte Byte(int port) => ref (port < Ports / 2 ? _a : _b)[port % (Ports / 2) / 8];
}
