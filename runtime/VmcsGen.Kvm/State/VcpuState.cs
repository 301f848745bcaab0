using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// All that KVM knows of a vCPU, in the kernel's own structs. It can be looked at, changed, restored into another vCPU, and
/// kept in a file as part of a <see cref="VmState"/>.
/// </summary>
/// <remarks>
/// Capabilities that were enabled on the vCPU, guest debugging and the signal mask are settings of the VMM, and KVM does not
/// tell of them: the VMM makes them again.
/// </remarks>
public sealed partial class VcpuState
{
    /// <summary>The vCPU's id.</summary>
    public int Id { get; set; }

    /// <summary>What CPUID answers.</summary>
    public IReadOnlyList<KvmCpuidEntry2> Cpuid { get; internal set; } = [];

    /// <summary>Frequency of the time-stamp counter in kHz; null if the host does not tell.</summary>
    public uint? TscKhz { get; set; }

    /// <summary>
    /// What is added to the host's time-stamp counter to give the guest's; null if the host does not tell. What it means elsewhere are the
    /// differences between the vCPUs of a VM, which are kept.
    /// </summary>
    public ulong? TscOffset { get; set; }

    /// <summary>General-purpose registers.</summary>
    public KvmRegs Regs { get; set; }

    /// <summary>
    /// Segment, control and system registers. The PDPTEs count if the flags say so; a host without KVM_CAP_SREGS2 gives none.
    /// </summary>
    public KvmSregs2 Sregs { get; set; }

    /// <summary>Extended control registers; null without XSAVE.</summary>
    public KvmXcrs? Xcrs { get; set; }

    /// <summary>Extended processor state, in the layout of CPUID leaf 0xD; null without XSAVE.</summary>
    public byte[]? Xsave { get; set; }

    /// <summary>The x87 and SSE registers; only where <see cref="Xsave"/> is null.</summary>
    public KvmFpu? Fpu { get; set; }

    /// <summary>Debug registers.</summary>
    public KvmDebugregs? DebugRegs { get; set; }

    /// <summary>The local APIC; null if it is not in the kernel.</summary>
    public KvmLapicState? Lapic { get; set; }

    /// <summary>Model-specific registers, those of <see cref="KvmHost.GetMsrIndexList()"/> that the vCPU has.</summary>
    public IReadOnlyList<KvmMsrEntry> Msrs { get; internal set; } = [];

    /// <summary>Pending exceptions, interrupts, NMIs and SMIs.</summary>
    public KvmVcpuEvents? Events { get; set; }

    /// <summary>Whether the vCPU runs, is halted or waits for INIT or SIPI.</summary>
    public KvmMpState? MultiprocessingState { get; set; }

    /// <summary><see cref="KvmNestedState"/> and the control structures; null if the host offers no nested virtualization.</summary>
    public byte[]? NestedState { get; set; }

    /// <summary>What the host did not have when this was captured.</summary>
    public IReadOnlyList<StateGap> Gaps { get; internal set; } = [];

    /// <summary>Gives an MSR another value, or adds it, so that restoring writes it.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="value">The value.</param>
    public void SetMsr(uint index, ulong value)
    {
        KvmMsrEntry entry = new() { Index = index, Data = value };
        Msrs = [.. Msrs.Where(msr => msr.Index != index), entry];
    }

    /// <summary>Gives the vCPU other CPUID answers, as for a host that has less.</summary>
    /// <param name="cpuid">The answers, which are copied.</param>
    public void SetCpuid(CpuidBuilder cpuid)
    {
        ArgumentNullException.ThrowIfNull(cpuid);
        Cpuid = [.. cpuid.Entries];
    }

    /// <summary>The value of an MSR; null if it is not among <see cref="Msrs"/>.</summary>
    /// <param name="index">Its number.</param>
    public ulong? FindMsr(uint index)
    {
        foreach (var msr in Msrs)
        {
            if (msr.Index == index)
                return msr.Data;
        }
        return null;
    }
}
