using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>General registers by their numbers in instructions, and addresses that are made of them.</summary>
internal static class GuestRegisters
{
    internal static ulong Get(in KvmRegs regs, int number) =>
        number switch
        {
            0 => regs.Rax,
            1 => regs.Rcx,
            2 => regs.Rdx,
            3 => regs.Rbx,
            4 => regs.Rsp,
            5 => regs.Rbp,
            6 => regs.Rsi,
            7 => regs.Rdi,
            8 => regs.R8,
            9 => regs.R9,
            10 => regs.R10,
            11 => regs.R11,
            12 => regs.R12,
            13 => regs.R13,
            14 => regs.R14,
            15 => regs.R15,
            _ => 0,
        };

    /// <summary>Writes a register as an instruction with operands of some size does: 32-bit ones clear the upper half.</summary>
    internal static void Set(ref KvmRegs regs, int number, ulong value, int size)
    {
        if (size == 2)
            value = (Get(regs, number) & ~0xFFFFul) | (value & 0xFFFF);
        else if (size == 4)
            value &= 0xFFFF_FFFF;
        switch (number)
        {
            case 0:
                regs.Rax = value;
                break;
            case 1:
                regs.Rcx = value;
                break;
            case 2:
                regs.Rdx = value;
                break;
            case 3:
                regs.Rbx = value;
                break;
            case 4:
                regs.Rsp = value;
                break;
            case 5:
                regs.Rbp = value;
                break;
            case 6:
                regs.Rsi = value;
                break;
            case 7:
                regs.Rdi = value;
                break;
            case 8:
                regs.R8 = value;
                break;
            case 9:
                regs.R9 = value;
                break;
            case 10:
                regs.R10 = value;
                break;
            case 11:
                regs.R11 = value;
                break;
            case 12:
                regs.R12 = value;
                break;
            case 13:
                regs.R13 = value;
                break;
            case 14:
                regs.R14 = value;
                break;
            case 15:
                regs.R15 = value;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(number));
        }
    }

    /// <summary>Size of code: 16, 32 or 64.</summary>
    internal static int CodeSize(in KvmSregs sregs) =>
        (sregs.Efer & RegisterBits.EferLma) != 0 && sregs.Cs.L != 0 ? 64
        : (sregs.Cr0 & RegisterBits.Cr0Pe) != 0 && sregs.Cs.Db != 0 ? 32
        : sregs.Cs.Db != 0 ? 32
        : 16;

    internal static bool IsProtected(in KvmRegs regs, in KvmSregs sregs) =>
        (sregs.Cr0 & RegisterBits.Cr0Pe) != 0 && (regs.Rflags & RegisterBits.RflagsVm) == 0;

    internal static int Cpl(in KvmRegs regs, in KvmSregs sregs) =>
        (sregs.Cr0 & RegisterBits.Cr0Pe) == 0 ? 0
        : (regs.Rflags & RegisterBits.RflagsVm) != 0 ? 3
        : sregs.Ss.Dpl;

    /// <summary>The linear address of code.</summary>
    internal static ulong CodeAddress(in KvmRegs regs, in KvmSregs sregs) =>
        CodeSize(sregs) == 64 ? regs.Rip : (sregs.Cs.Base + regs.Rip) & 0xFFFF_FFFF;

    /// <summary>The linear address of an offset in a segment.</summary>
    internal static ulong Linear(in KvmSregs sregs, SegmentRegister segment, ulong offset)
    {
        if (CodeSize(sregs) == 64)
            return offset
                + (
                    segment switch
                    {
                        SegmentRegister.Fs => sregs.Fs.Base,
                        SegmentRegister.Gs => sregs.Gs.Base,
                        _ => 0,
                    }
                );
        var @base = segment switch
        {
            SegmentRegister.Es => sregs.Es.Base,
            SegmentRegister.Cs => sregs.Cs.Base,
            SegmentRegister.Ss => sregs.Ss.Base,
            SegmentRegister.Fs => sregs.Fs.Base,
            SegmentRegister.Gs => sregs.Gs.Base,
            _ => sregs.Ds.Base,
        };
        return (@base + offset) & 0xFFFF_FFFF;
    }

    /// <summary>The linear address of a memory operand.</summary>
    internal static ulong Linear(in KvmRegs regs, in KvmSregs sregs, in GuestMemoryOperand operand, int addressSize, int length)
    {
        var offset = (ulong)operand.Displacement;
        if (operand.IsRipRelative)
            offset += regs.Rip + (ulong)length;
        if (operand.Base >= 0)
            offset += Get(regs, operand.Base);
        if (operand.Index >= 0)
            offset += Get(regs, operand.Index) << operand.Scale;
        return Linear(sregs, operand.Segment, Truncate(offset, addressSize));
    }

    internal static ulong Truncate(ulong value, int size) => size == 8 ? value : value & ((1UL << (size * 8)) - 1);
}
