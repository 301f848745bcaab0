namespace VmcsGen.Vmx;

/// <summary>
/// Registers of a processor that runs a hypervisor, as the host-state area of a VMCS must hold them so that a VM exit goes on where
/// the hypervisor expects it (SDM 3C 25.5). Control registers and MSRs are asked of the processor itself.
/// </summary>
public readonly record struct HostEnvironment
{
    /// <summary>Registers of a processor; those that are not given are as VM exits and RESET leave them.</summary>
    public HostEnvironment() { }

    /// <summary>Where a VM exit goes on.</summary>
    public required ulong Rip { get; init; }

    /// <summary>The stack pointer there.</summary>
    public required ulong Rsp { get; init; }

    /// <summary>ES.</summary>
    public ushort Es { get; init; }

    /// <summary>CS.</summary>
    public required ushort Cs { get; init; }

    /// <summary>SS.</summary>
    public ushort Ss { get; init; }

    /// <summary>DS.</summary>
    public ushort Ds { get; init; }

    /// <summary>FS.</summary>
    public ushort Fs { get; init; }

    /// <summary>GS.</summary>
    public ushort Gs { get; init; }

    /// <summary>The task register, which must not be 0.</summary>
    public required ushort Tr { get; init; }

    /// <summary>Base of FS.</summary>
    public ulong FsBase { get; init; }

    /// <summary>Base of GS.</summary>
    public ulong GsBase { get; init; }

    /// <summary>Base of TR.</summary>
    public required ulong TrBase { get; init; }

    /// <summary>Base of the global descriptor table.</summary>
    public required ulong GdtrBase { get; init; }

    /// <summary>Limit of the global descriptor table: FFFFH after a VM exit.</summary>
    public ushort GdtrLimit { get; init; } = ushort.MaxValue;

    /// <summary>Base of the interrupt descriptor table.</summary>
    public required ulong IdtrBase { get; init; }

    /// <summary>Limit of the interrupt descriptor table: FFFFH after a VM exit.</summary>
    public ushort IdtrLimit { get; init; } = ushort.MaxValue;

    /// <summary>The LDT register: 0, unusable, after a VM exit.</summary>
    public ushort Ldtr { get; init; }

    /// <summary>DR7: 400H after a VM exit.</summary>
    public ulong Dr7 { get; init; } = 0x400;
}
