using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Instructions that cause no VM exit, but work differently in VMX non-root operation than in a KVM guest: MSRs are the processor's,
/// CR0 and CR4 have masks and shadows, and some instructions exist only under a control (SDM 3C 26.3).
/// </summary>
internal readonly ref struct GuestEmulation
{
    private const ulong Cr0Et = 1UL << 4;
    private const ulong Cr0Ts = 1UL << 3;
    private const ulong LmswBits = 0xF;
    private const ulong ModeBits = RegisterBits.Cr0Pe | RegisterBits.Cr0Pg;

    private readonly VmxGuest _guest;
    private readonly KvmGuestState _state;
    private readonly KvmGuestMachine _machine;
    private readonly KvmHostAbilities _abilities;

    internal GuestEmulation(VmxGuest guest, KvmGuestState state, KvmGuestMachine machine, KvmHostAbilities abilities)
    {
        _guest = guest;
        _state = state;
        _machine = machine;
        _abilities = abilities;
    }

    /// <summary>Executes an instruction, if it is one of these.</summary>
    /// <returns>Whether it was; false too if it raised an exception, which is left to be delivered.</returns>
    internal bool TryExecute(in GuestInstruction instruction)
    {
        var secondary = _guest.Controls.SecondaryProcessorBased;
        switch (instruction.Opcode)
        {
            case GuestOpcode.Rdtscp when !secondary.EnableRdtscp:
            case GuestOpcode.Invpcid when !secondary.EnableInvpcid:
            case GuestOpcode.Xsaves or GuestOpcode.Xrstors when !secondary.EnableXsavesXrstors:
                _machine.Raise(GuestEvent.Exception(ExceptionVector.InvalidOpcode));
                return false;
        }
        if (GuestRegisters.Cpl(_machine.Regs, _machine.Sregs) != 0)
            return false;
        switch (instruction.Opcode)
        {
            case GuestOpcode.Rdmsr:
                return Rdmsr(instruction);
            case GuestOpcode.Wrmsr:
                return Wrmsr(instruction);
            case GuestOpcode.MovFromCr when instruction.Register is 0 or 4:
                // Control registers move whole, whatever the prefixes are.
                GuestRegisters.Set(
                    ref _machine.ChangeRegs(),
                    instruction.OtherRegister,
                    VisibleControlRegister(instruction.Register),
                    GuestRegisters.CodeSize(_machine.Sregs) == 64 ? 8 : 4
                );
                return Advance(instruction);
            case GuestOpcode.MovToCr when instruction.Register is 0 or 4:
                return MovToCr(instruction);
            case GuestOpcode.Clts:
                return WriteCr0(instruction, _state.Cr0 & ~(Cr0Ts & ~(ulong)_guest.Vmcs.Cr0GuestHostMask));
            case GuestOpcode.Smsw when ((_state.Cr0 ^ VisibleControlRegister(0)) & 0xFFFF) != 0:
                if (!instruction.IsRegisterOperand)
                    throw new NotSupportedException("SMSW to memory while the guest/host mask hides bits 15:0 of CR0 is not carried over.");
                GuestRegisters.Set(
                    ref _machine.ChangeRegs(),
                    instruction.OtherRegister,
                    VisibleControlRegister(0),
                    instruction.OperandSize
                );
                return Advance(instruction);
            case GuestOpcode.Lmsw when (_guest.Vmcs.Cr0GuestHostMask & LmswBits) != 0:
                throw new NotSupportedException(
                    "LMSW while the guest/host mask holds bits 3:0 of CR0 is not carried over: use MOV to CR0."
                );
            default:
                return false;
        }
    }

    private bool Rdmsr(in GuestInstruction instruction)
    {
        var index = (uint)_machine.Regs.Rcx;
        ulong value;
        switch (index)
        {
            case SoftwareMsrs.Efer:
                value = _machine.Sregs.Efer;
                break;
            case SoftwareMsrs.FsBase:
                value = _machine.Sregs.Fs.Base;
                break;
            case SoftwareMsrs.GsBase:
                value = _machine.Sregs.Gs.Base;
                break;
            default:
                if (!_guest.Msrs.TryGetValue(index, out value))
                    return RaiseProtection();
                if (index == SoftwareMsrs.KernelGsBase)
                    value = _machine.GetMsr(index);
                break;
        }
        ref var regs = ref _machine.ChangeRegs();
        regs.Rax = (uint)value;
        regs.Rdx = value >> 32;
        return Advance(instruction);
    }

    private bool Wrmsr(in GuestInstruction instruction)
    {
        var regs = _machine.Regs;
        var index = (uint)regs.Rcx;
        var value = (uint)regs.Rax | regs.Rdx << 32;
        var sregs = _machine.Sregs;
        if (index == SoftwareMsrs.Efer)
        {
            // SDM 3A 2.2.1: LMA is the processor's, and LME stays while paging is on.
            if ((sregs.Cr0 & RegisterBits.Cr0Pg) != 0 && ((value ^ sregs.Efer) & RegisterBits.EferLme) != 0)
                return RaiseProtection();
            value = (value & ~RegisterBits.EferLma) | (sregs.Efer & RegisterBits.EferLma);
        }
        try
        {
            _guest.WriteMsr(index, value);
        }
        catch (ArgumentException)
        {
            return RaiseProtection();
        }
        switch (index)
        {
            case SoftwareMsrs.Efer:
                sregs.Efer = value;
                _machine.SetSregs(sregs);
                break;
            case SoftwareMsrs.FsBase:
                sregs.Fs.Base = value;
                _machine.SetSregs(sregs);
                break;
            case SoftwareMsrs.GsBase:
                sregs.Gs.Base = value;
                _machine.SetSregs(sregs);
                break;
            default:
                if (KvmGuestState.IsKept(index))
                    _machine.SetMsrs([new(index, value)]);
                break;
        }
        return Advance(instruction);
    }

    // SDM 3C 26.3: bits of the mask come from the shadow.
    private ulong VisibleControlRegister(int number)
    {
        var (value, mask, shadow) =
            number == 0
                ? (_state.Cr0, _guest.Vmcs.Cr0GuestHostMask, _guest.Vmcs.Cr0ReadShadow)
                : (_state.Cr4, _guest.Vmcs.Cr4GuestHostMask, _guest.Vmcs.Cr4ReadShadow);
        return (value & ~(ulong)mask) | (shadow & mask);
    }

    private bool MovToCr(in GuestInstruction instruction)
    {
        var value = GuestRegisters.Get(_machine.Regs, instruction.OtherRegister);
        if (GuestRegisters.CodeSize(_machine.Sregs) != 64)
            value &= 0xFFFF_FFFF;
        ulong mask = instruction.Register == 0 ? _guest.Vmcs.Cr0GuestHostMask : _guest.Vmcs.Cr4GuestHostMask;
        var before = instruction.Register == 0 ? _state.Cr0 : _state.Cr4;
        var written = (before & mask) | (value & ~mask);
        return instruction.Register == 0 ? WriteCr0(instruction, written) : WriteCr4(instruction, written);
    }

    private bool WriteCr0(in GuestInstruction instruction, ulong value)
    {
        value |= Cr0Et;
        var sregs = _machine.Sregs;
        // SDM 3C 24.8: an unrestricted guest decides on PE and PG.
        var isUnrestricted = _guest.Controls.SecondaryProcessorBased.UnrestrictedGuest;
        if (!_guest.Capabilities.Cr0.Allows(isUnrestricted ? value | ModeBits : value))
            return RaiseProtection();
        var isPaging = (value & RegisterBits.Cr0Pg) != 0;
        if ((isPaging && (value & RegisterBits.Cr0Pe) == 0) || ((value & RegisterBits.Cr0Nw) != 0 && (value & RegisterBits.Cr0Cd) == 0))
            return RaiseProtection();
        var wasPaging = (sregs.Cr0 & RegisterBits.Cr0Pg) != 0;
        if (isPaging && !wasPaging && (sregs.Efer & RegisterBits.EferLme) != 0)
        {
            // SDM 3A 5.4.1 and 10.8.5: IA-32e mode begins with paging.
            if ((sregs.Cr4 & RegisterBits.Cr4Pae) == 0 || sregs.Cs.L != 0)
                return RaiseProtection();
            sregs.Efer |= RegisterBits.EferLma;
        }
        else if (isPaging && !wasPaging && !_abilities.Runs32BitPaging)
        {
            throw new NotSupportedException(
                $"The guest turns 32-bit paging on at 0x{_machine.Regs.Rip:X}, which this host's KVM does not run."
            );
        }
        else if (!isPaging && wasPaging)
        {
            if (GuestRegisters.CodeSize(sregs) == 64)
                return RaiseProtection();
            sregs.Efer &= ~RegisterBits.EferLma;
        }
        sregs.Cr0 = value;
        return Load(instruction, sregs);
    }

    private bool WriteCr4(in GuestInstruction instruction, ulong value)
    {
        var sregs = _machine.Sregs;
        if (!_guest.Capabilities.Cr4.Allows(value))
            return RaiseProtection();
        if ((sregs.Efer & RegisterBits.EferLma) != 0 && (value & RegisterBits.Cr4Pae) == 0)
            return RaiseProtection();
        sregs.Cr4 = KvmGuestState.KvmCr4(value);
        return Load(instruction, sregs);
    }

    private bool Load(in GuestInstruction instruction, in KvmSregs sregs)
    {
        try
        {
            _machine.SetSregs(sregs);
        }
        catch (KvmException)
        {
            // Reserved bits, or PDPTEs that are not valid.
            return RaiseProtection();
        }
        return Advance(instruction);
    }

    private bool RaiseProtection()
    {
        _machine.Raise(GuestEvent.Exception(ExceptionVector.GeneralProtection, 0));
        return false;
    }

    private bool Advance(in GuestInstruction instruction)
    {
        ref var regs = ref _machine.ChangeRegs();
        regs.Rip += (ulong)instruction.Length;
        _machine.SetShadow(default);
        return true;
    }
}
