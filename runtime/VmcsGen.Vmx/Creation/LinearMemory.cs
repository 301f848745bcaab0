using System;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>Memory at linear addresses, translated by the 4-level or 5-level paging of a processor in 64-bit mode (SDM 3A 4.5).</summary>
internal static class LinearMemory
{
    private const ulong Cr4La57 = 1 << 12;
    private const ulong Present = 1;
    private const ulong PageSize = 1 << 7;
    private const ulong AddressBits = 0xF_FFFF_FFFF_F000;
    private const int IndexBits = 9;
    private const int PageShift = 12;

    /// <exception cref="InvalidOperationException">The memory is not mapped.</exception>
    internal static void Read(IVmxProcessor processor, ulong linearAddress, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, VmxPage.Size - (int)(linearAddress % VmxPage.Size));
            processor.Memory.Read(Translate(processor, linearAddress), destination[..count]);
            destination = destination[count..];
            linearAddress += (ulong)count;
        }
    }

    private static ulong Translate(IVmxProcessor processor, ulong address)
    {
        var levels = (processor.ReadControlRegister(ControlRegister.Cr4) & Cr4La57) != 0 ? 5 : 4;
        var entry = processor.ReadControlRegister(ControlRegister.Cr3);
        for (var shift = PageShift + (IndexBits * (levels - 1)); shift >= PageShift; shift -= IndexBits)
        {
            var index = address >> shift & ((1 << IndexBits) - 1);
            entry = processor.Memory.ReadUInt64((entry & AddressBits) + (index * sizeof(ulong)));
            if ((entry & Present) == 0)
                throw new InvalidOperationException($"The linear address 0x{address:X} is not mapped.");
            // Pages of 1 GByte and 2 MBytes; at the last level the bit means another thing.
            if (shift == PageShift || (shift <= PageShift + (2 * IndexBits) && (entry & PageSize) != 0))
            {
                var offsetBits = (1UL << shift) - 1;
                return (entry & AddressBits & ~offsetBits) | (address & offsetBits);
            }
        }
        throw new InvalidOperationException($"The linear address 0x{address:X} is not mapped.");
    }
}
