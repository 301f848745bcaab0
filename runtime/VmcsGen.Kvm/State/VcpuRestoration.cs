using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.X86;

namespace VmcsGen.Kvm;

/// <summary>
/// Writes the state of a vCPU into vCPUs, in the order that KVM needs. What the kernel is given is prepared once, so that it may be done
/// again and again without allocating, and for many vCPUs.
/// </summary>
internal sealed class VcpuRestoration
{
    private const int MostMsrsAtOnce = 255;

    // Of kvmclock. Source: Documentation/virt/kvm/x86/msr.rst.
    private const uint SystemTime = 0x12;
    private const uint NewSystemTime = 0x4B56_4D01;
    private const ulong ClockIsOn = 1;

    private readonly VcpuState _state;
    private readonly KvmBuffer<KvmCpuid2, KvmCpuidEntry2> _cpuid;
    private readonly KvmMsrEntry[] _capabilityMsrs;
    private readonly bool _mayNest;
    private readonly bool _usesClock;
    private readonly byte[] _noNesting;
    private bool _hasSregs2;
    private MsrList _msrs;
    private uint[] _refused = [];
    private byte[]? _xsave;

    internal VcpuRestoration(VcpuState state)
    {
        _state = state;
        _cpuid = new([.. state.Cpuid]);
        _capabilityMsrs = [.. state.Msrs.Where(static msr => VcpuState.IsVmxCapability(msr.Index))];
        // The deadline of the APIC's timer comes last: it is compared with the counter.
        _msrs = new([
            .. state
                .Msrs.Where(static msr => !VcpuState.IsVmxCapability(msr.Index))
                .OrderBy(static msr => msr.Index == (uint)X86Msr.Ia32TscDeadline),
        ]);
        _xsave = state.Xsave;
        _usesClock = state.Msrs.Any(static msr => msr.Index is SystemTime or NewSystemTime && (msr.Data & ClockIsOn) != 0);
        var cpuid = new CpuidBuilder([.. state.Cpuid]);
        _mayNest = state.NestedState is not null && (cpuid[CpuidFeature.Vmx] || cpuid[CpuidFeature.Svm]);
        _noNesting = _mayNest ? NestedStateOfNone(state.NestedState) : [];
    }

    // Each comment says what the step must come after. "x86.c" is arch/x86/kvm/x86.c of Linux, where each ioctl is done.

    /// <summary>Writes all of the state into a vCPU, best one that never ran.</summary>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="gaps">Receives what the host did not take.</param>
    internal void Restore(KvmVcpu vcpu, List<StateGap> gaps)
    {
        // CPUID decides which bits of CR4, EFER and XCR0, which states and which MSRs exist (kvm_vcpu_after_set_cpuid).
        vcpu.SetCpuid2(_cpuid);

        // Before the MSRs: what IA32_TSC is set to counts in this frequency (kvm_synchronize_tsc in x86.c).
        RestoreTscFrequency(vcpu, gaps);

        // VMX in IA32_FEATURE_CONTROL and the capability MSRs decide whether CR4.VMXE and a nested state are allowed.
        foreach (var refused in _capabilityMsrs.Length == 0 ? [] : vcpu.WriteMsrs(_capabilityMsrs))
            gaps.Add(new(StatePart.Msr, refused, 0));

        RestoreWhatChanges(vcpu, gaps);

        // Last: the guest's watchdogs are told that it stood still, by the clock that the MSRs have turned on.
        if (_usesClock && vcpu.HasKvmclockCtrl)
            vcpu.KvmclockCtrl();
    }

    /// <summary>Takes a vCPU that this was restored to back to where it was then.</summary>
    internal void RestoreAgain(KvmVcpu vcpu)
    {
        // The registers that follow are those of the guest and not of a guest of its own.
        if (_mayNest)
            vcpu.SetNestedState(_noNesting);
        RestoreWhatChanges(vcpu, gaps: null);
    }

    private void RestoreWhatChanges(KvmVcpu vcpu, List<StateGap>? gaps)
    {
        // After CPUID. It brings IA32_APIC_BASE, so that the APIC has its mode (xAPIC or x2APIC) when its registers come.
        if (gaps is not null)
            _hasSregs2 = _state.Sregs.Flags != 0 || vcpu.HasSregs2;
        RestoreSregs(vcpu);

        // After SREGS, which has EFER.SVME and CR4.VMXE; before what belongs to the nested guest if that is running.
        if (_mayNest || (gaps is not null && _state.NestedState is not null))
            vcpu.SetNestedState(_state.NestedState);

        // XCR0 after CPUID leaf 0xD; the states after XCR0, which they must fit into.
        if (_state.Xcrs is { NrXcrs: > 0 } xcrs)
            vcpu.SetXcrs(xcrs);
        if (_xsave is not null)
            RestoreXsave(vcpu, isFirst: gaps is not null);
        else if (_state.Fpu is { } fpu)
            vcpu.SetFpu(fpu);
        if (_state.DebugRegs is { } debugRegs)
            vcpu.SetDebugregs(debugRegs);

        // After SREGS: CR8 there would replace the task priority, and the mode decides how the APIC id is read
        // (kvm_apic_set_state in arch/x86/kvm/lapic.c).
        if (_state.Lapic is { } lapic)
            vcpu.SetLapic(lapic);

        // After the local APIC: the deadline is ignored unless the timer is in deadline mode (kvm_set_lapic_tscdeadline_msr),
        // and it must come after IA32_TSC, with which it is compared.
        RestoreMsrs(vcpu, gaps);
        if (gaps is not null)
            NoteTscThatStayed(vcpu, gaps);

        // Before the events: KVM_SET_REGS drops a pending exception (__set_regs in x86.c).
        vcpu.SetRegs(_state.Regs);
        if (_state.Events is { } events)
            vcpu.SetVcpuEvents(events);

        // After SREGS, which makes a boot CPU with the registers of a reset runnable (__set_sregs_common in x86.c).
        if (_state.MultiprocessingState is { } mpState)
            vcpu.SetMpState(mpState);
    }

    // States that only this host has begin as after reset, which an area without them means. Of states that only the other host
    // had, KVM refuses those that were in use.
    private void RestoreXsave(KvmVcpu vcpu, bool isFirst)
    {
        if (!isFirst)
        {
            vcpu.SetXsaveOfRightSize(_xsave!);
            return;
        }
        if (_xsave!.Length < vcpu.XsaveSize)
            Array.Resize(ref _xsave, vcpu.XsaveSize);
        vcpu.SetXsave(_xsave);
    }

    private void RestoreTscFrequency(KvmVcpu vcpu, List<StateGap> gaps)
    {
        if (_state.TscKhz is not { } frequency)
            return;
        VcpuState.Optional(
            gaps,
            StatePart.TscFrequency,
            () =>
            {
                if ((uint)vcpu.GetTscKhz() != frequency)
                    vcpu.SetTscKhz((int)frequency);
                return 0;
            }
        );
    }

    // What a host refuses it refuses each time: it is left out from then on.
    private void RestoreMsrs(KvmVcpu vcpu, List<StateGap>? gaps)
    {
        if (!_msrs.TryWrite(vcpu))
        {
            _refused = vcpu.WriteMsrs(_msrs.Entries);
            _msrs = new([.. _msrs.Entries.Where(msr => !_refused.Contains(msr.Index))]);
        }
        foreach (var msr in _refused)
            gaps?.Add(new(StatePart.Msr, msr, 0));
    }

    // Some KVMs accept IA32_TSC and let the guest see the host's counter all the same.
    private void NoteTscThatStayed(KvmVcpu vcpu, List<StateGap> gaps)
    {
        if (_state.FindMsr((uint)X86Msr.Ia32Tsc) is not { } tsc)
            return;
        foreach (var now in vcpu.ReadMsrs([(uint)X86Msr.Ia32Tsc], out _))
        {
            if (now.Data < tsc)
                gaps.Add(new(StatePart.Msr, (uint)X86Msr.Ia32Tsc, 0));
        }
    }

    private void RestoreSregs(KvmVcpu vcpu)
    {
        var sregs2 = _state.Sregs;
        if (_hasSregs2)
        {
            vcpu.SetSregs2(sregs2);
            return;
        }
        // The older form has the interrupt that is being delivered, too; the events, which follow, bring it in either case.
        KvmSregs sregs = default;
        VcpuState.CommonPart(ref sregs2).CopyTo(VcpuState.CommonPart(ref sregs));
        vcpu.SetSregs(sregs);
    }

    // The header alone. Source: Documentation/virt/kvm/api.rst 4.115; with EFER.SVME clear, SVM wants GIF set (svm_set_nested_state).
    private static unsafe byte[] NestedStateOfNone(byte[]? nested)
    {
        var format = MemoryMarshal.Read<KvmNestedState>(nested).Format;
        KvmNestedState none = new() { Format = format, Size = (uint)sizeof(KvmNestedState) };
        if (format == KvmNestedStateFormat.Vmx)
            (none.Hdr.Vmx.VmxonPa, none.Hdr.Vmx.Vmcs12Pa) = (ulong.MaxValue, ulong.MaxValue);
        else
            none.Flags = KvmNestedStateFlags.GifSet;
        var bytes = new byte[sizeof(KvmNestedState)];
        MemoryMarshal.Write(bytes, none);
        return bytes;
    }

    /// <summary>MSRs in the form in which the kernel takes them.</summary>
    private sealed class MsrList
    {
        private readonly KvmBuffer<KvmMsrs, KvmMsrEntry>[] _parts;

        internal MsrList(KvmMsrEntry[] entries)
        {
            Entries = entries;
            _parts = [.. entries.Chunk(MostMsrsAtOnce).Select(static part => new KvmBuffer<KvmMsrs, KvmMsrEntry>(part))];
        }

        internal KvmMsrEntry[] Entries { get; }

        /// <summary>Writes them; false as soon as one is refused.</summary>
        internal bool TryWrite(KvmVcpu vcpu)
        {
            foreach (var part in _parts)
            {
                if (vcpu.SetMsrs(part) != part.Count)
                    return false;
            }
            return true;
        }
    }
}
