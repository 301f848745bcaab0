using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// What a guest begins with: the guest-state area of its VMCS. The factory methods describe the three usual modes, and everything
/// can be changed by <c>with</c>. Bits of CR0 and CR4 that VMX operation fixes are added by the processor's capabilities.
/// </summary>
public sealed record VmxGuestState
{
    private const ulong Cr0Et = 1UL << 4;

    private VmxGuestState() { }

    /// <summary>Where the guest begins.</summary>
    public required ulong Rip { get; init; }

    /// <summary>Its stack pointer.</summary>
    public ulong Rsp { get; init; }

    /// <summary>RFLAGS; bit 1 must be 1.</summary>
    public ulong Rflags { get; init; } = RegisterBits.RflagsFixed;

    /// <summary>CR0.</summary>
    public ulong Cr0 { get; init; } = Cr0Et;

    /// <summary>CR3: where the guest's paging structures begin.</summary>
    public ulong Cr3 { get; init; }

    /// <summary>CR4.</summary>
    public ulong Cr4 { get; init; }

    /// <summary>IA32_EFER.</summary>
    public ulong Efer { get; init; }

    /// <summary>IA32_PAT.</summary>
    public ulong Pat { get; init; } = 0x0007_0406_0007_0406;

    /// <summary>CS.</summary>
    public VmxSegment Cs { get; init; }

    /// <summary>SS.</summary>
    public VmxSegment Ss { get; init; }

    /// <summary>DS.</summary>
    public VmxSegment Ds { get; init; }

    /// <summary>ES.</summary>
    public VmxSegment Es { get; init; }

    /// <summary>FS.</summary>
    public VmxSegment Fs { get; init; }

    /// <summary>GS.</summary>
    public VmxSegment Gs { get; init; }

    /// <summary>The task register.</summary>
    public VmxSegment Tr { get; init; } = VmxSegment.TaskState();

    /// <summary>The LDT register.</summary>
    public VmxSegment Ldtr { get; init; } = VmxSegment.Unusable;

    /// <summary>Base of the global descriptor table.</summary>
    public ulong GdtrBase { get; init; }

    /// <summary>Limit of the global descriptor table.</summary>
    public ushort GdtrLimit { get; init; } = 0xFFFF;

    /// <summary>Base of the interrupt descriptor table; in real mode the interrupt vector table.</summary>
    public ulong IdtrBase { get; init; }

    /// <summary>Limit of the interrupt descriptor table.</summary>
    public ushort IdtrLimit { get; init; } = 0xFFFF;

    /// <summary>Whether the guest needs an unrestricted guest: it begins without protection or without paging (SDM 3C 27.3.1.1).</summary>
    public bool NeedsUnrestrictedGuest => (Cr0 & (RegisterBits.Cr0Pe | RegisterBits.Cr0Pg)) != (RegisterBits.Cr0Pe | RegisterBits.Cr0Pg);

    /// <summary>Whether the guest begins in IA-32e mode.</summary>
    public bool IsIa32eMode => (Efer & RegisterBits.EferLma) != 0;

    /// <summary>64-bit mode at CPL 0, with flat segments.</summary>
    /// <param name="rip">Where it begins.</param>
    /// <param name="rsp">Its stack pointer.</param>
    /// <param name="cr3">Guest-physical address of its PML4 table.</param>
    public static VmxGuestState LongMode(ulong rip, ulong rsp, ulong cr3) =>
        new()
        {
            Rip = rip,
            Rsp = rsp,
            Cr0 = RegisterBits.Cr0Pe | Cr0Et | RegisterBits.Cr0Pg,
            Cr3 = cr3,
            Cr4 = RegisterBits.Cr4Pae,
            Efer = RegisterBits.EferLme | RegisterBits.EferLma,
            Cs = VmxSegment.Flat(8, isCode: true, is64Bit: true),
            Ss = VmxSegment.Flat(0x10),
            Ds = VmxSegment.Flat(0x10),
            Es = VmxSegment.Flat(0x10),
            Fs = VmxSegment.Flat(0x10),
            Gs = VmxSegment.Flat(0x10),
        };

    /// <summary>32-bit protected mode at CPL 0, with flat segments; without paging it needs an unrestricted guest.</summary>
    /// <param name="eip">Where it begins.</param>
    /// <param name="esp">Its stack pointer.</param>
    /// <param name="cr3">Guest-physical address of its page directory; null to begin without paging.</param>
    public static VmxGuestState ProtectedMode(uint eip, uint esp, uint? cr3 = null) =>
        new()
        {
            Rip = eip,
            Rsp = esp,
            Cr0 = RegisterBits.Cr0Pe | Cr0Et | (cr3 is null ? 0 : RegisterBits.Cr0Pg),
            Cr3 = cr3 ?? 0,
            Cs = VmxSegment.Flat(8, isCode: true),
            Ss = VmxSegment.Flat(0x10),
            Ds = VmxSegment.Flat(0x10),
            Es = VmxSegment.Flat(0x10),
            Fs = VmxSegment.Flat(0x10),
            Gs = VmxSegment.Flat(0x10),
        };

    /// <summary>Real mode, which needs an unrestricted guest.</summary>
    /// <param name="cs">The code segment.</param>
    /// <param name="ip">Where the guest begins in it.</param>
    /// <param name="sp">The stack pointer, in segment 0.</param>
    public static VmxGuestState RealMode(ushort cs, ushort ip, ushort sp) =>
        new()
        {
            Rip = ip,
            Rsp = sp,
            Cs = VmxSegment.RealMode(cs, isCode: true),
            Ss = VmxSegment.RealMode(0),
            Ds = VmxSegment.RealMode(0),
            Es = VmxSegment.RealMode(0),
            Fs = VmxSegment.RealMode(0),
            Gs = VmxSegment.RealMode(0),
            IdtrLimit = 0x3FF,
        };
}
