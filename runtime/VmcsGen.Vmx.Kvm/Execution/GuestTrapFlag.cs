using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Keeps the guest from seeing that it is stepped: KVM steps by TF, which a processor saves wherever an instruction saves RFLAGS.
/// </summary>
internal static class GuestTrapFlag
{
    internal const int Pushf = 0x9C;
    internal const int Syscall = 0x0F05;
    internal const int Sysenter = 0x0F34;

    // TF is bit 0 of the second byte.
    private const int TrapFlagByte = 1;
    private const byte TrapFlagBit = (byte)(RegisterBits.RflagsTf >> 8);

    /// <summary>Takes TF out of what one instruction saved.</summary>
    /// <param name="machine">The guest, behind the instruction.</param>
    /// <param name="map">Its memory.</param>
    /// <param name="opcode">The instruction.</param>
    /// <param name="stops">Where it could lead.</param>
    internal static void Hide(KvmGuestMachine machine, GuestPhysicalMap map, int opcode, in GuestStops stops)
    {
        switch (opcode)
        {
            case Pushf:
                ClearOnStack(machine, map, 0);
                break;
            case Syscall when (machine.Regs.R11 & RegisterBits.RflagsTf) != 0:
                machine.ChangeRegs().R11 &= ~RegisterBits.RflagsTf;
                break;
        }
        // A step that was completed before its end, or that went on by itself, pushed nothing.
        if (machine.StoppedAtHandler && stops.FrameAt(GuestRegisters.CodeAddress(machine.Regs, machine.Sregs)) is { WordSize: not 0 } frame)
            ClearOnStack(machine, map, frame.FlagsOffset);
    }

    private static void ClearOnStack(KvmGuestMachine machine, GuestPhysicalMap map, int offset)
    {
        var sregs = machine.Sregs;
        var mode = GuestRegisters.CodeSize(sregs);
        var size =
            mode == 64 ? 8
            : sregs.Ss.Db != 0 ? 4
            : 2;
        var place = GuestRegisters.Truncate(machine.Regs.Rsp + (ulong)(offset + TrapFlagByte), size);
        var translation = GuestPaging.Translate(map, sregs, GuestRegisters.Linear(sregs, SegmentRegister.Ss, place), isFetch: false);
        System.Span<byte> flags = stackalloc byte[1];
        if (
            translation.Outcome == GuestTranslationOutcome.Translated
            && map.Read(translation.Address, flags) == 1
            && (flags[0] & TrapFlagBit) != 0
        )
            map.Write(translation.Address, (byte)(flags[0] & ~TrapFlagBit));
    }
}
