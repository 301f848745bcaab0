namespace VmcsGen.Vmm;

/// <summary>How a guest is started and what it is told.</summary>
public enum BootProtocol
{
    /// <summary>Linux's 64-bit boot protocol: long mode, and the zero page in RSI.</summary>
    Linux64,

    /// <summary>PVH: 32-bit protected mode, and the start info in EBX.</summary>
    Pvh,

    /// <summary>Multiboot 1: 32-bit protected mode, and the information in EBX.</summary>
    Multiboot,

    /// <summary>Nothing is told: real mode.</summary>
    RealMode,

    /// <summary>Nothing is told: flat 32-bit protected mode without paging.</summary>
    ProtectedMode,

    /// <summary>Nothing is told: 64-bit mode with memory mapped one to one.</summary>
    LongMode,
}
