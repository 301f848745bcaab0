using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The interrupt vectors of real mode, as a BIOS leaves them but without its services: interrupts of the controllers are ended, all others
/// return at once. Source: IBM Personal Computer AT Technical Reference, system BIOS; Intel 8259A data sheet, end of interrupt.
/// </summary>
internal static class InterruptHandlers
{
    /// <summary>The vector of line 0.</summary>
    internal const byte MasterVector = 0x08;

    /// <summary>The vector of line 8.</summary>
    internal const byte SlaveVector = 0x70;

    private const int Vectors = 256;
    private const int LinesOfController = 8;
    private const int BytesOfHandler = 16;

    private static ReadOnlySpan<byte> Return => [0xCF]; // iret

    private static ReadOnlySpan<byte> EndOnMaster =>
        [
            0x50, // push ax
            0xB0,
            0x20, // mov al, 20h: end of interrupt
            0xE6,
            0x20, // out 20h, al
            0x58, // pop ax
            0xCF, // iret
        ];

    private static ReadOnlySpan<byte> EndOnBoth =>
        [
            0x50, // push ax
            0xB0,
            0x20, // mov al, 20h
            0xE6,
            0xA0, // out A0h, al
            0xE6,
            0x20, // out 20h, al
            0x58, // pop ax
            0xCF, // iret
        ];

    // The clock's next interrupt comes when its register C has been read.
    private static ReadOnlySpan<byte> EndOfClock =>
        [
            0x50, // push ax
            0xB0,
            0x0C, // mov al, 0Ch
            0xE6,
            0x70, // out 70h, al
            0xE4,
            0x71, // in al, 71h
            0xB0,
            0x20, // mov al, 20h
            0xE6,
            0xA0, // out A0h, al
            0xE6,
            0x20, // out 20h, al
            0x58, // pop ax
            0xCF, // iret
        ];

    /// <summary>Writes the vectors to address 0 and the handlers to where the BIOS would be.</summary>
    internal static void Write(GuestPhysicalMemory memory)
    {
        var returns = Place(0, Return);
        var master = Place(1, EndOnMaster);
        var both = Place(2, EndOnBoth);
        var clock = Place(3, EndOfClock);
        Span<uint> vectors = stackalloc uint[Vectors];
        vectors.Fill(returns);
        vectors.Slice(MasterVector, LinesOfController).Fill(master);
        vectors.Slice(SlaveVector, LinesOfController).Fill(both);
        vectors[SlaveVector] = clock;
        for (var i = 0; i < Vectors; i++)
            memory.Write((ulong)(i * sizeof(uint)), vectors[i]);

        // Gives the vector: segment and offset.
        uint Place(int index, ReadOnlySpan<byte> code)
        {
            var address = (uint)BootLayout.Handlers + (uint)(index * BytesOfHandler);
            memory.Write(address, code);
            return (address >> 4) << 16;
        }
    }
}
