using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

public sealed partial class VcpuState
{
    /// <summary>
    /// Reads the state of a vCPU that is not inside Run. The instruction of its last exit is completed first
    /// (<see cref="KvmVcpu.TryCompleteExit"/>), so an IN must have been answered. Other vCPUs of the VM must stand still too.
    /// </summary>
    /// <param name="host">Tells which MSRs belong to the state.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <returns>The state; what this host lacks is null, and named in <see cref="Gaps"/>.</returns>
    /// <exception cref="InvalidOperationException">
    /// Another thread is inside Run, or the instruction of the last exit needs another exit, which the next Run returns.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused something that each host has.</exception>
    public static VcpuState Capture(KvmHost host, KvmVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(vcpu);
        if (!vcpu.TryCompleteExit(out var next))
        {
            var exit = next.ToString();
            vcpu.HoldExit();
            throw new InvalidOperationException(
                $"vCPU {vcpu.Id} is in the midst of an instruction, which needs another exit: {exit}. Nothing is lost: the next "
                    + $"{nameof(KvmVcpu.Run)} or {nameof(KvmVcpu.TryCompleteExit)} returns it. Before capturing, call the latter and answer "
                    + "exits until it returns true."
            );
        }

        var state = new VcpuState { Id = vcpu.Id };
        List<StateGap> gaps = [];

        // First: taking pending INITs and SIPIs into account can change the registers (kvm_apic_accept_events in
        // arch/x86/kvm/x86.c, kvm_arch_vcpu_ioctl_get_mpstate).
        state.MultiprocessingState = Optional(
            gaps,
            StatePart.MultiprocessingState,
            () =>
            {
                vcpu.GetMpState(out var mpState);
                return mpState;
            }
        );
        state.Cpuid = vcpu.GetCpuid2().Entries.ToArray();
        state.TscKhz = Optional(gaps, StatePart.TscFrequency, () => (uint)vcpu.GetTscKhz());
        state.TscOffset = vcpu.HasTscOffset ? vcpu.TscOffset : null;
        vcpu.GetRegs(out var regs);
        state.Regs = regs;
        state.Sregs = ReadSregs(host, vcpu);
        state.CaptureXcrs(vcpu, gaps);
        state.CaptureXsave(host, vcpu, gaps);
        state.DebugRegs = Optional(
            gaps,
            StatePart.DebugRegs,
            () =>
            {
                vcpu.GetDebugregs(out var debugRegs);
                return debugRegs;
            }
        );
        // The deadline of the APIC timer is an MSR, and reading the APIC does not change it; but a timer that ends in between
        // must not be missing from both. So the MSRs come first: the timer is then at worst in both, and rings again.
        state.Msrs = vcpu.ReadMsrs(host.GetMsrIndexList(), out var refused);
        foreach (var msr in refused)
            gaps.Add(new(StatePart.Msr, msr, 0));
        state.Lapic = Optional(
            gaps,
            StatePart.Lapic,
            () =>
            {
                vcpu.GetLapic(out var lapic);
                return lapic;
            }
        );
        state.NestedState = OptionalBytes(gaps, StatePart.NestedState, vcpu.GetNestedState);
        // Last, for the reads above may turn up events.
        state.Events = Optional(
            gaps,
            StatePart.Events,
            () =>
            {
                vcpu.GetVcpuEvents(out var events);
                return events;
            }
        );
        state.Gaps = gaps;
        return state;
    }

    /// <summary>Notes a piece that a host lacks; other errors are errors.</summary>
    internal static T? Optional<T>(List<StateGap> gaps, StatePart part, Func<T> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (KvmException refusal) when (IsLack(refusal.Errno))
        {
            gaps.Add(new(part, 0, refusal.Errno));
            return null;
        }
    }

    private static byte[]? OptionalBytes(List<StateGap> gaps, StatePart part, Func<byte[]> read)
    {
        try
        {
            return read();
        }
        catch (KvmException refusal) when (IsLack(refusal.Errno))
        {
            gaps.Add(new(part, 0, refusal.Errno));
            return null;
        }
    }

    // What KVM answers if it does not have something, or the VM does not.
    private static bool IsLack(Errno errno) => errno is Errno.EINVAL or Errno.ENXIO or Errno.ENOTTY or Errno.EOPNOTSUPP or Errno.EIO;

    private static KvmSregs2 ReadSregs(KvmHost host, KvmVcpu vcpu)
    {
        KvmSregs2 sregs2 = default;
        if (host.Has(KvmCapability.Sregs2))
        {
            vcpu.GetSregs2(out sregs2);
            return sregs2;
        }
        vcpu.GetSregs(out var sregs);
        CommonPart(ref sregs).CopyTo(CommonPart(ref sregs2));
        return sregs2;
    }

    /// <summary>What the two forms of the registers begin with, from CS to APIC_BASE.</summary>
    internal static unsafe Span<byte> CommonPart<T>(ref T sregs)
        where T : unmanaged
    {
        var length = sizeof(KvmSregs) - 4 * sizeof(ulong); // Up to the interrupt bitmap.
        return MemoryMarshal.AsBytes(new Span<T>(ref sregs))[..length];
    }

    private void CaptureXcrs(KvmVcpu vcpu, List<StateGap> gaps)
    {
        Xcrs = Optional(
            gaps,
            StatePart.Xcrs,
            () =>
            {
                vcpu.GetXcrs(out var xcrs);
                return xcrs;
            }
        );
        // A kernel that found no XSAVE gives none, and takes none.
        if (Xcrs is { NrXcrs: 0 })
        {
            gaps.Add(new(StatePart.Xcrs, 0, Errno.EINVAL));
            Xcrs = null;
        }
    }

    private void CaptureXsave(KvmHost host, KvmVcpu vcpu, List<StateGap> gaps)
    {
        Xsave = OptionalBytes(
            gaps,
            StatePart.Xsave,
            () =>
            {
                if (host.Has(KvmCapability.Xsave2))
                    return vcpu.GetXsave2();
                vcpu.GetXsave(out var xsave);
                return MemoryMarshal.AsBytes(new ReadOnlySpan<KvmXsave>(in xsave)).ToArray();
            }
        );
        if (Xsave is not null)
            return;
        vcpu.GetFpu(out var fpu);
        Fpu = fpu;
    }
}
