namespace VmcsGen.Vmm;

/// <summary>What a PC has.</summary>
public sealed record PcConfiguration
{
    /// <summary>Bytes of memory: a multiple of 2 MiB.</summary>
    public ulong MemorySize { get; init; } = 256UL << 20;

    /// <summary>Number of processors, 1 to 254.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>
    /// Whether there are PICs, an I/O APIC, local APICs and a timer, by KVM. Without them a guest has one processor and polls, and HLT ends
    /// it.
    /// </summary>
    public bool HasInterruptControllers { get; init; } = true;
}
