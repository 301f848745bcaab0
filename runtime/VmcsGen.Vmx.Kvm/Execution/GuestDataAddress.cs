using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Finds the linear address of an access, of which KVM reports only the guest-physical address: of all addresses that the instruction could
/// use, the one that is translated there.
/// </summary>
internal static class GuestDataAddress
{
    // As far as pushed registers, stack frames of CALL, and parts of an operand lie from where they begin.
    private const int Reach = 64;

    internal static ulong? Find(GuestPhysicalMap map, in KvmRegs regs, in KvmSregs sregs, ReadOnlySpan<byte> code, ulong guestPhysical)
    {
        var mode = GuestRegisters.CodeSize(sregs);
        var addressSize = mode / 8;
        if (GuestInstructionDecoder.DecodeMemoryOperand(code, mode) is { } operand)
        {
            // The length of the instruction matters to RIP-relative operands only; all lengths are tried.
            for (var length = 2; length <= (operand.IsRipRelative ? 15 : 2); length++)
            {
                if (Matches(map, sregs, GuestRegisters.Linear(regs, sregs, operand, addressSize, length), guestPhysical) is { } found)
                    return found;
            }
        }
        if (
            DirectOffset(code, addressSize) is { } offset
            && Matches(map, sregs, GuestRegisters.Linear(sregs, SegmentRegister.Ds, offset), guestPhysical) is { } direct
        )
            return direct;
        return Matches(
                map,
                sregs,
                GuestRegisters.Linear(sregs, SegmentRegister.Es, GuestRegisters.Truncate(regs.Rdi, addressSize)),
                guestPhysical
            )
            ?? Matches(
                map,
                sregs,
                GuestRegisters.Linear(sregs, SegmentRegister.Ds, GuestRegisters.Truncate(regs.Rsi, addressSize)),
                guestPhysical
            )
            ?? Matches(
                map,
                sregs,
                GuestRegisters.Linear(sregs, SegmentRegister.Ss, GuestRegisters.Truncate(regs.Rsp - Reach, addressSize)),
                guestPhysical
            )
            ?? Matches(
                map,
                sregs,
                GuestRegisters.Linear(sregs, SegmentRegister.Ss, GuestRegisters.Truncate(regs.Rsp, addressSize)),
                guestPhysical
            );
    }

    // MOV with the whole address in the instruction, opcodes A0H to A3H.
    private static ulong? DirectOffset(ReadOnlySpan<byte> code, int addressSize)
    {
        for (var i = 0; i < 3 && i + 1 + addressSize <= code.Length; i++)
        {
            if (code[i] is < 0xA0 or > 0xA3)
                continue;
            var offset = 0ul;
            for (var b = addressSize; b > 0; b--)
                offset = offset << 8 | code[i + b];
            return offset;
        }
        return null;
    }

    private static ulong? Matches(GuestPhysicalMap map, in KvmSregs sregs, ulong linear, ulong guestPhysical)
    {
        for (var at = 0u; at <= Reach; at++)
        {
            var translation = GuestPaging.Translate(map, sregs, linear + at, isFetch: false);
            if (translation.Outcome == GuestTranslationOutcome.Translated && translation.Address == guestPhysical)
                return linear + at;
        }
        return null;
    }
}
