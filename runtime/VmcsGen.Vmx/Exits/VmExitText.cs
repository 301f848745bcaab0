using System;
using System.Text;

namespace VmcsGen.Vmx;

/// <summary>Describes a VM exit in one line.</summary>
internal static class VmExitText
{
    internal static string Describe(in VmExit exit) => Describe(exit, static _ => true);

    /// <summary>As the other, of a VM exit of which some fields are not known. They are left out.</summary>
    internal static string Describe(in VmExit exit, Func<VmcsField, bool> isKnown)
    {
        var text = new StringBuilder(Reason(exit));
        var details = text.Length;
        if (isKnown(VmcsField.ExitQualification))
            Add(Qualification(exit));
        if (exit.HasGuestPhysicalAddress && isKnown(VmcsField.GuestPhysicalAddress))
            Add($"guest physical 0x{exit.GuestPhysicalAddress:X}");
        if (exit.HasGuestLinearAddress && isKnown(VmcsField.GuestLinearAddress))
            Add($"guest linear 0x{exit.GuestLinearAddress:X}");
        // What follows is left over from an earlier VM exit if VM entry failed.
        if (exit.IsEntryFailure)
            return text.ToString();
        if (
            exit.BasicReason is BasicExitReason.ExceptionOrNmi or BasicExitReason.ExternalInterrupt
            && isKnown(VmcsField.ExitInterruptionInformation)
        )
            Add(Interruption(exit));
        if (isKnown(VmcsField.ExitInstructionInformation))
            Add(Instruction(exit));
        if (exit.HasInstructionLength && isKnown(VmcsField.ExitInstructionLength))
            Add($"instruction length {exit.InstructionLength}");
        if (exit.IdtVectoring.Valid)
        {
            var vectoring = exit.IdtVectoring;
            var nested = vectoring.NestedException ? ", nested" : "";
            Add(
                $"while delivering {Event(vectoring.Type, vectoring.Vector, vectoring.ErrorCodeValid, exit.IdtVectoringErrorCode)}{nested}"
            );
        }
        return text.ToString();

        void Add(string detail)
        {
            if (detail.Length != 0)
                text.Append(text.Length == details ? ": " : "; ").Append(detail);
        }
    }

    private static string Reason(in VmExit exit)
    {
        var reason = Enum.IsDefined(exit.BasicReason) ? $"{exit.BasicReason}" : $"unknown exit reason {(uint)exit.BasicReason}";
        var flags = "";
        foreach (var part in ExitReason.Parts)
        {
            if (part.Low == part.High && (exit.Reason.Value & part.Mask) != 0)
                flags += flags.Length == 0 ? part.Name : $", {part.Name}";
        }
        return flags.Length == 0 ? reason : $"{reason} ({flags})";
    }

    private static string Qualification(in VmExit exit) =>
        exit.QualificationFormat switch
        {
            ExitQualificationFormat.DebugException => $"{exit.DebugException}",
            ExitQualificationFormat.PageFaultAddress => $"address 0x{exit.PageFaultAddress:X}",
            ExitQualificationFormat.StartupIpi => $"vector 0x{exit.StartupIpi.Vector:X}",
            ExitQualificationFormat.TaskSwitch => $"to TSS 0x{exit.TaskSwitch.Selector:X} by {exit.TaskSwitch.Source}",
            ExitQualificationFormat.InvlpgAddress => $"address 0x{exit.InvlpgAddress:X}",
            // Part of the memory operand, if there is one.
            ExitQualificationFormat.Displacement => "",
            ExitQualificationFormat.CrAccess => CrAccess(exit.CrAccess),
            ExitQualificationFormat.DrAccess => MovDr(exit.MovDr),
            ExitQualificationFormat.IoInstruction => Io(exit.IoInstruction),
            ExitQualificationFormat.Mwait => exit.Mwait.MonitorArmed ? "monitor armed" : "monitor not armed",
            ExitQualificationFormat.Wrmsr => exit.Wrmsr.NonSerializing ? "WRMSRNS" : "WRMSR",
            ExitQualificationFormat.MsrIndex => $"MSR 0x{exit.MsrIndex:X}",
            ExitQualificationFormat.ApicAccess => $"{exit.ApicAccess}",
            ExitQualificationFormat.VirtualizedEoi => $"vector 0x{exit.VirtualizedEoi.Vector:X}",
            ExitQualificationFormat.ApicWrite => $"register at 0x{exit.ApicWrite.PageOffset:X}",
            ExitQualificationFormat.EptViolation => $"{exit.EptViolation}",
            ExitQualificationFormat.PageModificationLogFull => Flags(exit.PageModificationLogFull.Value, $"{exit.PageModificationLogFull}"),
            ExitQualificationFormat.SppRelatedEvent => exit.SppRelatedEvent.NotPresent
                ? $"{exit.SppRelatedEvent}"
                : $"misconfiguration{Flags(exit.SppRelatedEvent.Value, $", {exit.SppRelatedEvent}")}",
            ExitQualificationFormat.InstructionTimeout => Flags(exit.InstructionTimeout.Value, $"{exit.InstructionTimeout}"),
            // SDM 3C 27.8: 0 is what has no qualification of its own.
            ExitQualificationFormat.EntryFailure => exit.EntryFailure == VmEntryFailureQualification.Default
                ? "a check of the guest state failed"
                : $"{exit.EntryFailure}",
            ExitQualificationFormat.EntryFailureMsr => $"entry {exit.EntryFailureMsr} of the VM-entry MSR-load area",
            _ => Flags(exit.Qualification, $"qualification 0x{exit.Qualification:X}"),
        };

    private static string Flags(ulong value, string text) => value == 0 ? "" : text;

    private static string CrAccess(CrAccessQualification access) =>
        access.AccessType switch
        {
            CrAccessType.MovToCr => $"MOV CR{access.ControlRegister}, {Name(access.GeneralPurposeRegister)}",
            CrAccessType.MovFromCr => $"MOV {Name(access.GeneralPurposeRegister)}, CR{access.ControlRegister}",
            CrAccessType.Clts => "CLTS",
            _ => $"LMSW of 0x{access.LmswSourceData:X} from {(access.LmswOperandType == LmswOperandType.Memory ? "memory" : "a register")}",
        };

    private static string MovDr(DrAccessQualification access) =>
        access.Direction == DrAccessDirection.MovToDr
            ? $"MOV DR{access.DebugRegister}, {Name(access.GeneralPurposeRegister)}"
            : $"MOV {Name(access.GeneralPurposeRegister)}, DR{access.DebugRegister}";

    private static string Io(IoInstructionQualification io)
    {
        var instruction = (io.Direction, io.StringInstruction) switch
        {
            (IoDirection.In, false) => "IN from",
            (IoDirection.In, true) => "INS from",
            (_, false) => "OUT to",
            _ => "OUTS to",
        };
        var repeat = io.RepPrefixed ? "REP " : "";
        var size = Enum.IsDefined(io.AccessSize) ? $"{8 * ((int)io.AccessSize + 1)}-bit" : $"size {(int)io.AccessSize},";
        return $"{size} {repeat}{instruction} port 0x{io.Port:X} ({(io.OperandEncoding == IoOperandEncoding.Dx ? "in DX" : "immediate")})";
    }

    private static string Interruption(in VmExit exit)
    {
        var interruption = exit.Interruption;
        if (!interruption.Valid)
            return exit.BasicReason == BasicExitReason.ExternalInterrupt ? "not acknowledged" : "";
        var text = Event(interruption.Type, interruption.Vector, interruption.ErrorCodeValid, exit.InterruptionErrorCode);
        if (interruption.NestedException)
            text += ", nested";
        return interruption.NmiUnblockingDueToIret ? $"{text}, NMI unblocking due to IRET" : text;
    }

    private static string Instruction(in VmExit exit)
    {
        var operand = exit.HasMemoryOperand ? $"{exit.MemoryOperand}" : "";
        switch (exit.InstructionInformationFormat)
        {
            case InstructionInformationFormat.InsOuts:
                var string_ = exit.InsOutsInstructionInformation;
                // The destination of INS is in ES always, and the segment field undefined.
                var segment = exit.IoInstruction.Direction == IoDirection.Out ? $", segment {Name(string_.SegmentRegister)}" : "";
                return $"address size {Bits((int)string_.AddressSize)}{segment}";
            case InstructionInformationFormat.Invalidation:
                return $"type in {Name(exit.Register2!.Value)}, descriptor {operand}";
            case InstructionInformationFormat.GdtrIdtr:
                return $"{Name(exit.GdtrIdtrInstructionInformation.Instruction)} {operand}";
            case InstructionInformationFormat.LdtrTr:
                var ldtrTr = exit.LdtrTrInstructionInformation;
                return $"{Name(ldtrTr.Instruction)} {(exit.Register1 is { } register ? Name(register) : operand)}";
            case InstructionInformationFormat.RdrandRdseed:
                var random = exit.RdrandRdseedInstructionInformation;
                return $"{Name(exit.Register1!.Value)}, operand size {Bits((int)random.OperandSize)}";
            case InstructionInformationFormat.Vmx:
                return operand;
            case InstructionInformationFormat.VmreadVmwrite:
                return $"field in {Name(exit.Register2!.Value)}, value in {(exit.Register1 is { } value ? Name(value) : operand)}";
            case InstructionInformationFormat.MsrImmediate:
                return $"value in {Name(exit.Register1!.Value)}";
            default:
                return "";
        }
    }

    internal static string Event(InterruptionType type, uint vector, bool hasErrorCode, uint errorCode)
    {
        var text = $"{type} {VectorName(type, vector)}";
        return hasErrorCode ? $"{text}, error code 0x{errorCode:X}" : text;
    }

    // SDM 3A, table 6-1: the exceptions by vector.
    private static string VectorName(InterruptionType type, uint vector)
    {
        ReadOnlySpan<string> names =
        [
            "#DE",
            "#DB",
            "",
            "#BP",
            "#OF",
            "#BR",
            "#UD",
            "#NM",
            "#DF",
            "",
            "#TS",
            "#NP",
            "#SS",
            "#GP",
            "#PF",
            "",
            "#MF",
            "#AC",
            "#MC",
            "#XM",
            "#VE",
            "#CP",
        ];
        var isException =
            type
            is InterruptionType.HardwareException
                or InterruptionType.SoftwareException
                or InterruptionType.PrivilegedSoftwareException;
        return isException && vector < names.Length && names[(int)vector].Length != 0
            ? $"{names[(int)vector]} (vector {vector})"
            : $"vector 0x{vector:X}";
    }

    private static string Bits(int size) => size > 2 ? $"{size}" : $"{16 << size}";

    private static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum => value.ToString().ToUpperInvariant();
}
