using System;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// What the ring-0 agent's processor reads at the addresses that it can reach: those below 4 GiB, where there is a ROM besides memory.
/// </summary>
internal sealed class MachineMemory(RingZeroCpu cpu) : IPhysicalMemory
{
    private const ulong End = 1UL << 32;

    public bool Contains(ulong physicalAddress, int length) => physicalAddress < End && (uint)length <= End - physicalAddress;

    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        if (!Contains(physicalAddress, destination.Length))
            throw new ArgumentOutOfRangeException(nameof(physicalAddress), physicalAddress, "The agent maps the first 4 GiB.");
        var batch = cpu.CreateBatch();
        var bytes = batch.ReadMemory(physicalAddress, destination.Length);
        batch.Execute();
        bytes.Value.CopyTo(destination);
    }

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source) => cpu.Memory.Write(physicalAddress, source);
}
