using System.Collections.Generic;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Carries a guest's state from its VMCS to a KVM vCPU and back (SDM 3C 27.3.2 and 28.3).</summary>
internal sealed class KvmGuestState
{
    private const ulong Cr4Vmxe = 1UL << 13;

    // What KVM keeps of a guest's MSRs besides those in its system registers.
    private static readonly uint[] s_msrs =
    [
        SoftwareMsrs.SysenterCs,
        SoftwareMsrs.SysenterEsp,
        SoftwareMsrs.SysenterEip,
        SoftwareMsrs.Pat,
        SoftwareMsrs.Star,
        SoftwareMsrs.Lstar,
        SoftwareMsrs.Cstar,
        SoftwareMsrs.Fmask,
        SoftwareMsrs.KernelGsBase,
        SoftwareMsrs.TscAux,
    ];

    private readonly VmxGuest _guest;
    private readonly KvmGuestMachine _machine;
    private readonly KvmSregs _loaded;

    /// <summary>Loads the guest.</summary>
    /// <exception cref="KvmException">KVM does not take a value.</exception>
    internal KvmGuestState(VmxGuest guest, KvmGuestMachine machine)
    {
        _guest = guest;
        _machine = machine;
        var access = guest.Vmcs.Access;
        var sregs = machine.Sregs;
        sregs.Es = Segment(access, VmcsField.GuestEsSelector);
        sregs.Cs = Segment(access, VmcsField.GuestCsSelector);
        sregs.Ss = Segment(access, VmcsField.GuestSsSelector);
        sregs.Ds = Segment(access, VmcsField.GuestDsSelector);
        sregs.Fs = Segment(access, VmcsField.GuestFsSelector);
        sregs.Gs = Segment(access, VmcsField.GuestGsSelector);
        sregs.Ldt = Segment(access, VmcsField.GuestLdtrSelector);
        sregs.Tr = Segment(access, VmcsField.GuestTrSelector);
        sregs.Gdt.Base = access.Read(VmcsField.GuestGdtrBase);
        sregs.Gdt.Limit = (ushort)access.Read(VmcsField.GuestGdtrLimit);
        sregs.Idt.Base = access.Read(VmcsField.GuestIdtrBase);
        sregs.Idt.Limit = (ushort)access.Read(VmcsField.GuestIdtrLimit);
        sregs.Cr0 = access.Read(VmcsField.GuestCr0);
        sregs.Cr3 = access.Read(VmcsField.GuestCr3);
        // The guest is in VMX operation by its CR4, and KVM's is not.
        sregs.Cr4 = access.Read(VmcsField.GuestCr4) & ~Cr4Vmxe;
        sregs.Efer = guest.Msrs[SoftwareMsrs.Efer];
        machine.SetMsrs(Msrs());
        machine.SetSregs(sregs);
        _loaded = sregs;
        LoadRegisters(access);
        IsBlockedByNmi = guest.Vmcs.GuestInterruptibilityState.BlockingByNmi;
        machine.SetShadow(
            guest.Vmcs.GuestInterruptibilityState switch
            {
                { BlockingBySti: true } => KvmInterruptShadow.Sti,
                { BlockingByMovSs: true } => KvmInterruptShadow.MovSs,
                _ => default,
            }
        );
    }

    /// <summary>Whether NMIs are blocked, or virtual NMIs where those are on.</summary>
    internal bool IsBlockedByNmi { get; set; }

    /// <summary>What blocks events.</summary>
    internal InterruptibilityState Interruptibility(KvmInterruptShadow shadow) =>
        new()
        {
            BlockingBySti = shadow == KvmInterruptShadow.Sti,
            BlockingByMovSs = shadow == KvmInterruptShadow.MovSs,
            BlockingByNmi = IsBlockedByNmi,
        };

    /// <summary>CR0 as the guest has it, its own bits and the host's.</summary>
    internal ulong Cr0 => _machine.Sregs.Cr0;

    /// <summary>CR4 as the guest has it, its own bits and the host's.</summary>
    internal ulong Cr4 => _machine.Sregs.Cr4 | Cr4Vmxe;

    /// <summary>The part of a CR4 that KVM sees.</summary>
    internal static ulong KvmCr4(ulong cr4) => cr4 & ~Cr4Vmxe;

    /// <summary>Whether KVM keeps an MSR that is not a system register of it.</summary>
    internal static bool IsKept(uint msr) => System.Array.IndexOf(s_msrs, msr) >= 0;

    /// <summary>Saves the guest, as it was before an instruction.</summary>
    internal void Save(in KvmRegs regs, in KvmSregs sregs, KvmInterruptShadow shadow)
    {
        var access = _guest.Vmcs.Access;
        SaveSegment(VmcsField.GuestEsSelector, sregs.Es, _loaded.Es);
        SaveSegment(VmcsField.GuestCsSelector, sregs.Cs, _loaded.Cs);
        SaveSegment(VmcsField.GuestSsSelector, sregs.Ss, _loaded.Ss);
        SaveSegment(VmcsField.GuestDsSelector, sregs.Ds, _loaded.Ds);
        SaveSegment(VmcsField.GuestFsSelector, sregs.Fs, _loaded.Fs);
        SaveSegment(VmcsField.GuestGsSelector, sregs.Gs, _loaded.Gs);
        SaveSegment(VmcsField.GuestLdtrSelector, sregs.Ldt, _loaded.Ldt);
        SaveSegment(VmcsField.GuestTrSelector, sregs.Tr, _loaded.Tr);
        access.Write(VmcsField.GuestGdtrBase, sregs.Gdt.Base);
        access.Write(VmcsField.GuestGdtrLimit, sregs.Gdt.Limit);
        access.Write(VmcsField.GuestIdtrBase, sregs.Idt.Base);
        access.Write(VmcsField.GuestIdtrLimit, sregs.Idt.Limit);
        access.Write(VmcsField.GuestCr0, sregs.Cr0);
        access.Write(VmcsField.GuestCr3, sregs.Cr3);
        access.Write(VmcsField.GuestCr4, sregs.Cr4 | Cr4Vmxe);
        access.Write(VmcsField.GuestRip, regs.Rip);
        access.Write(VmcsField.GuestRsp, regs.Rsp);
        access.Write(VmcsField.GuestRflags, regs.Rflags);
        access.Write(VmcsField.GuestInterruptibilityState, Interruptibility(shadow).Value);
        access.Write(VmcsField.GuestActivityState, (ulong)ActivityState.Active);
        SaveMsr(SoftwareMsrs.Efer, sregs.Efer);
        SaveMsr(SoftwareMsrs.FsBase, sregs.Fs.Base);
        SaveMsr(SoftwareMsrs.GsBase, sregs.Gs.Base);
        // SWAPGS changes it.
        if (_guest.Msrs.ContainsKey(SoftwareMsrs.KernelGsBase))
            SaveMsr(SoftwareMsrs.KernelGsBase, _machine.GetMsr(SoftwareMsrs.KernelGsBase));
        _guest.Registers = new GeneralRegisters
        {
            Rax = regs.Rax,
            Rcx = regs.Rcx,
            Rdx = regs.Rdx,
            Rbx = regs.Rbx,
            Rbp = regs.Rbp,
            Rsi = regs.Rsi,
            Rdi = regs.Rdi,
            R8 = regs.R8,
            R9 = regs.R9,
            R10 = regs.R10,
            R11 = regs.R11,
            R12 = regs.R12,
            R13 = regs.R13,
            R14 = regs.R14,
            R15 = regs.R15,
        };
    }

    private static KvmSegment Segment(SoftwareVmcs access, VmcsField selector)
    {
        var index = selector - VmcsField.GuestEsSelector;
        var rights = new SegmentAccessRights((uint)access.Read(VmcsField.GuestEsAccessRights + index));
        return new KvmSegment
        {
            Base = access.Read(VmcsField.GuestEsBase + index),
            Limit = (uint)access.Read(VmcsField.GuestEsLimit + index),
            Selector = (ushort)access.Read(selector),
            Type = (byte)rights.Type,
            S = Bit(rights.CodeOrData),
            Dpl = (byte)rights.Dpl,
            Present = Bit(rights.Present && !rights.Unusable),
            Avl = Bit(rights.Available),
            L = Bit(rights.LongMode),
            Db = Bit(rights.DefaultBig),
            G = Bit(rights.Granularity),
            Unusable = Bit(rights.Unusable),
        };
    }

    private static byte Bit(bool value) => value ? (byte)1 : (byte)0;

    private void LoadRegisters(SoftwareVmcs access)
    {
        var registers = _guest.Registers;
        _machine.ChangeRegs() = new KvmRegs
        {
            Rax = registers.Rax,
            Rcx = registers.Rcx,
            Rdx = registers.Rdx,
            Rbx = registers.Rbx,
            Rbp = registers.Rbp,
            Rsi = registers.Rsi,
            Rdi = registers.Rdi,
            R8 = registers.R8,
            R9 = registers.R9,
            R10 = registers.R10,
            R11 = registers.R11,
            R12 = registers.R12,
            R13 = registers.R13,
            R14 = registers.R14,
            R15 = registers.R15,
            Rsp = access.Read(VmcsField.GuestRsp),
            Rip = access.Read(VmcsField.GuestRip),
            Rflags = access.Read(VmcsField.GuestRflags),
        };
    }

    private IEnumerable<KeyValuePair<uint, ulong>> Msrs()
    {
        foreach (var msr in s_msrs)
        {
            if (_guest.Msrs.TryGetValue(msr, out var value))
                yield return new(msr, value);
        }
    }

    private void SaveMsr(uint msr, ulong value)
    {
        if (_guest.Msrs.TryGetValue(msr, out var before) && before != value)
            _guest.WriteMsr(msr, value);
    }

    // A register that KVM left alone keeps the access rights of its fields, to the bit.
    private void SaveSegment(VmcsField selector, in KvmSegment segment, in KvmSegment loaded)
    {
        var access = _guest.Vmcs.Access;
        var index = selector - VmcsField.GuestEsSelector;
        access.Write(selector, segment.Selector);
        access.Write(VmcsField.GuestEsBase + index, segment.Base);
        access.Write(VmcsField.GuestEsLimit + index, segment.Limit);
        var rights = Rights(segment);
        if (rights.Value != Rights(loaded).Value)
            access.Write(VmcsField.GuestEsAccessRights + index, rights.Value);
    }

    private static SegmentAccessRights Rights(in KvmSegment segment) =>
        new()
        {
            Type = segment.Type,
            CodeOrData = segment.S != 0,
            Dpl = segment.Dpl,
            Present = segment.Present != 0,
            Available = segment.Avl != 0,
            LongMode = segment.L != 0,
            DefaultBig = segment.Db != 0,
            Granularity = segment.G != 0,
            Unusable = segment.Unusable != 0 || segment.Present == 0,
        };
}
