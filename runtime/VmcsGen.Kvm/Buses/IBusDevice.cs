using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A device behind a range of ports or of guest physical addresses. Called on the thread of the vCPU that accesses it, so by several
/// vCPUs at the same time: a device with state guards it.
/// </summary>
public interface IBusDevice
{
    /// <summary>The guest reads.</summary>
    /// <param name="offset">Where, from the beginning of the range.</param>
    /// <param name="data">To be filled, in guest byte order: 1 to 8 bytes, zero at first. Not to be kept.</param>
    void Read(ulong offset, Span<byte> data);

    /// <summary>The guest writes.</summary>
    /// <param name="offset">Where, from the beginning of the range.</param>
    /// <param name="data">The bytes, in guest byte order: 1 to 8. Not to be kept.</param>
    void Write(ulong offset, ReadOnlySpan<byte> data);
}
