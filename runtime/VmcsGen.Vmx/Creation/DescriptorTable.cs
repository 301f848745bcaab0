using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Creation;

/// <summary>A descriptor table of a processor, as its paging maps it.</summary>
internal sealed class DescriptorTable(IVmxProcessor processor, string name, ulong address, ushort limit)
{
    private const int IndexBits = ~7;

    /// <summary>The code or data segment of a selector.</summary>
    internal VmxSegment Read(ushort selector) =>
        VmxSegment.FromDescriptor(selector, (selector & ~3) == 0 ? 0 : ReadUInt64(selector, selector & IndexBits));

    /// <summary>The TSS or LDT of a selector, whose descriptor has 16 bytes in IA-32e mode (SDM 3A 3.5.2).</summary>
    internal VmxSegment ReadSystem(ushort selector)
    {
        if ((selector & ~3) == 0)
            return VmxSegment.Unusable;
        var offset = selector & IndexBits;
        return VmxSegment.FromDescriptor(selector, ReadUInt64(selector, offset), ReadUInt64(selector, offset + sizeof(ulong)));
    }

    private ulong ReadUInt64(ushort selector, int offset)
    {
        if (offset + sizeof(ulong) - 1 > limit)
            throw new InvalidOperationException(
                $"The selector 0x{selector:X} lies beyond the end of the {name}, whose limit is 0x{limit:X}."
            );
        var value = 0UL;
        LinearMemory.Read(processor, address + (ulong)offset, MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
        return value;
    }
}
