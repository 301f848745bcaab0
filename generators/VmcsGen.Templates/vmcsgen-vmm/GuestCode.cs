namespace Guest;

/// <summary>The guest: 16-bit real-mode code that sends the VMM's message to the first serial port.</summary>
internal static class GuestCode
{
    /// <summary>Where the code begins.</summary>
    public const ushort Address = 0x1000;

    /// <summary>Where the code looks for the <see cref="BootInfo"/>.</summary>
    public const ushort BootInfoAddress = 0x500;

    /// <summary>The port that takes the bytes: COM1's data register.</summary>
    public const ushort SerialPort = 0x3F8;

    /// <summary>The code, as an assembler writes it. A package such as Iced assembles larger guests within C#.</summary>
    public static ReadOnlySpan<byte> Bytes =>
        [
            0xFC, //       cld
            0x8B,
            0x36,
            0x00,
            0x05, //       mov   si, [0x500]   ; boot_info.message
            0x8B,
            0x0E,
            0x02,
            0x05, //       mov   cx, [0x502]   ; boot_info.length
            0xBA,
            0xF8,
            0x03, //       mov   dx, 0x3F8
            0xAC, // next: lodsb
            0xEE, //       out   dx, al
            0xE2,
            0xFC, //       loop  next
            0xF4, //       hlt
        ];
}
