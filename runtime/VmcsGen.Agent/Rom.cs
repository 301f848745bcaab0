using System;
using Iced.Intel;

namespace VmcsGen.Agent;

/// <summary>
/// The agent as the firmware of a machine: a ROM that ends at 4 GiB, where a processor begins after reset (SDM 3A 10.1.4). No BIOS,
/// disk or loader is needed, and an emulator and a KVM guest start alike.
/// </summary>
internal static class Rom
{
    /// <summary>Bytes of the ROM. It ends both at 4 GiB and at the end of the 64-KiB segment in which the processor starts.</summary>
    public const int Size = 0x4000;

    private const int SegmentStart = 0x1_0000 - Size;

    // The first instruction: 16 bytes below 4 GiB.
    private const int ResetVector = 0xFFF0;

    public static byte[] Build()
    {
        var image = AgentProgram.Assemble(out var entry, out var gdt);
        // rep movsd copies whole dwords.
        var dwords = (image.Length + 3) / 4;
        var bootOffset = dwords * 4;
        var boot = Boot.Assemble(SegmentStart + bootOffset, SegmentStart, dwords, entry, gdt);

        var rom = new byte[Size];
        if (AgentMemory.Image + image.Length > AgentMemory.Result || bootOffset + boot.Length > ResetVector - SegmentStart)
            throw new InvalidOperationException($"The agent's {image.Length} and {boot.Length} bytes do not fit: enlarge the ROM.");
        image.CopyTo(rom, 0);
        boot.CopyTo(rom, bootOffset);
        JumpTo(SegmentStart + bootOffset).CopyTo(rom, ResetVector - SegmentStart);
        return rom;
    }

    private static byte[] JumpTo(int offset)
    {
        var code = new MachineCode(bitness: 16);
        code.Assembler.jmp((ulong)offset);
        return code.Assemble(ResetVector);
    }
}
