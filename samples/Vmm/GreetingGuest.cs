using System;

namespace VmmSample;

/// <summary>A guest of a few bytes: says hello on the serial port and turns the machine off.</summary>
internal static class GreetingGuest
{
    public const ulong Address = 0x1_0000;

    private static readonly byte[] s_program =
    [
        0xBE,
        0x19,
        0x00, // mov si, 19h: the text
        0xBA,
        0xF8,
        0x03, // mov dx, 3F8h: the serial port
        0x2E,
        0xAC, // next: cs lodsb
        0x84,
        0xC0, // test al, al
        0x74,
        0x03, // jz off
        0xEE, // out dx, al
        0xEB,
        0xF7, // jmp next
        0xBA,
        0x04,
        0x06, // off: mov dx, 604h: the ACPI control register
        0xB8,
        0x00,
        0x34, // mov ax, 3400h: sleep enable, type 5
        0xEF, // out dx, ax
        0xF4, // hlt
        0xEB,
        0xFD, // jmp to hlt
    ];

    public static ReadOnlyMemory<byte> Code { get; } = (byte[])[.. s_program, .. "Hello from a guest.\n\0"u8];
}
