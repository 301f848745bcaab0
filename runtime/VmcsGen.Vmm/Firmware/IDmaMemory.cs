using System;

namespace VmcsGen.Vmm;

/// <summary>Memory as a device sees it that is given addresses by a guest.</summary>
internal interface IDmaMemory
{
    /// <summary>Copies bytes out; false, with nothing copied, if some of them are not memory.</summary>
    bool TryRead(ulong address, Span<byte> destination);

    /// <summary>Copies bytes in; false, with nothing copied, if some of them would not fall into memory.</summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> source);
}
