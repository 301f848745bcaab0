using System;

namespace VmcsGen.Kvm;

/// <summary>
/// Puts an event as the processor reports it into words. VMX and SVM have the same layout: vector, type, whether there is an error
/// code, and whether the event is valid; the types differ in part. Source: SDM 3C 25.9.2 and 25.9.3; AMD APM 2 15.20.
/// </summary>
internal static class EventText
{
    private const ulong Valid = 1UL << 31;
    private const ulong HasErrorCode = 1UL << 11;

    internal static string Describe(ulong information)
    {
        if ((information & Valid) == 0)
            return $"none (0x{information:X})";
        var vector = (uint)information & 0xFF;
        var text = (information >> 8 & 7) switch
        {
            0 => $"interrupt 0x{vector:X}",
            2 => "NMI",
            3 when Enum.IsDefined((KvmExceptionVector)vector) => $"exception {vector} ({(KvmExceptionVector)vector})",
            3 => $"exception {vector}",
            4 => $"INT 0x{vector:X}",
            5 => $"INT1 (vector {vector})",
            6 => $"INT3 or INTO (vector {vector})",
            ulong type => $"event of type {type}, vector {vector}",
        };
        return (information & HasErrorCode) != 0 ? $"{text} with an error code" : text;
    }
}
