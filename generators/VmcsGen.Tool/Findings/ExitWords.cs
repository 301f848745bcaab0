using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Findings;

/// <summary>The exit and event information of a dump in words.</summary>
internal static class ExitWords
{
    /// <summary>Name and words of each, in the order of importance; only of what the dump holds.</summary>
    public static IEnumerable<(string Name, string Words)> Of(IReadOnlyDictionary<VmcsField, ulong> fields)
    {
        if (fields.TryGetValue(VmcsField.ExitReason, out var reason))
        {
            var exit = ExitOf(fields);
            yield return ("exit", $"reason {(uint)exit.BasicReason} (0x{reason:X8}), {VmExitText.Describe(exit, fields.ContainsKey)}");
            if (BasicExitReasonTexts.MeaningOf(exit.BasicReason) is { } meaning)
                yield return ("that is", meaning);
        }
        if (fields.TryGetValue(VmcsField.VmInstructionError, out var error) && error != 0)
        {
            var words = VmInstructionErrorTexts.MeaningOf((VmInstructionError)error);
            yield return ("VM-instruction error", words is null ? $"{error}" : $"{error}: {words}");
        }
        foreach (
            var (name, field, code) in ((string, VmcsField, VmcsField)[])
                [
                    ("event to inject", VmcsField.EntryInterruptionInformation, VmcsField.EntryExceptionErrorCode),
                    ("event being delivered", VmcsField.IdtVectoringInformation, VmcsField.IdtVectoringErrorCode),
                    ("event of the exit", VmcsField.ExitInterruptionInformation, VmcsField.ExitInterruptionErrorCode),
                ]
        )
        {
            if (fields.TryGetValue(field, out var value))
                yield return (name, Event((uint)value, (uint)fields.GetValueOrDefault(code)));
        }
    }

    // The three have vector, type, error code and validity in the same bits (SDM 3C 25.8.3, 25.9.2, 25.9.3).
    private static string Event(uint value, uint errorCode)
    {
        var information = new EntryInterruptionInformation(value);
        var words = VmExitText.Event(information.Type, information.Vector, information.DeliverErrorCode, errorCode);
        return information.Valid ? $"{words} (0x{value:X8})"
            : value == 0 ? "none"
            : $"none: 0x{value:X8} is not valid. Its other bits say: {words}";
    }

    /// <summary>The VM exit that fields tell of; the exit reason must be among them.</summary>
    public static VmExit ExitOf(IReadOnlyDictionary<VmcsField, ulong> fields)
    {
        var interruption = new ExitInterruptionInformation((uint)fields.GetValueOrDefault(VmcsField.ExitInterruptionInformation));
        var vectoring = new IdtVectoringInformation((uint)fields.GetValueOrDefault(VmcsField.IdtVectoringInformation));
        return new()
        {
            Reason = new ExitReason((uint)fields[VmcsField.ExitReason]),
            Qualification = fields.GetValueOrDefault(VmcsField.ExitQualification),
            GuestLinearAddress = fields.GetValueOrDefault(VmcsField.GuestLinearAddress),
            GuestPhysicalAddress = fields.GetValueOrDefault(VmcsField.GuestPhysicalAddress),
            InstructionLength = (uint)fields.GetValueOrDefault(VmcsField.ExitInstructionLength),
            InstructionInformation = (uint)fields.GetValueOrDefault(VmcsField.ExitInstructionInformation),
            // An error code that is not known is not told as 0.
            Interruption = interruption with
            {
                ErrorCodeValid = interruption.ErrorCodeValid && fields.ContainsKey(VmcsField.ExitInterruptionErrorCode),
            },
            InterruptionErrorCode = (uint)fields.GetValueOrDefault(VmcsField.ExitInterruptionErrorCode),
            IdtVectoring = vectoring with
            {
                ErrorCodeValid = vectoring.ErrorCodeValid && fields.ContainsKey(VmcsField.IdtVectoringErrorCode),
            },
            IdtVectoringErrorCode = (uint)fields.GetValueOrDefault(VmcsField.IdtVectoringErrorCode),
        };
    }
}
