using System.Collections.Generic;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>An exit of AMD SVM, by fields of its VMCB; null is what a trace does not tell. Source: AMD APM 2, 15.6 and 15.7.2.</summary>
/// <param name="Code">EXITCODE.</param>
/// <param name="Info1">EXITINFO1.</param>
/// <param name="Info2">EXITINFO2.</param>
/// <param name="Delivery">Bits 31:0 of EXITINTINFO: the event that was being delivered.</param>
/// <param name="ErrorCode">Bits 63:32 of it, the event's error code.</param>
internal sealed record SvmExit(SvmExitCode Code, ulong? Info1, ulong? Info2, uint? Delivery, uint? ErrorCode)
{
    /// <summary>The fields that are known.</summary>
    public IEnumerable<(string Name, ulong Value)> Fields
    {
        get
        {
            yield return ("EXITCODE", (uint)Code);
            if (Info1 is { } info1)
                yield return ("EXITINFO1", info1);
            if (Info2 is { } info2)
                yield return ("EXITINFO2", info2);
            if (Delivery is { } delivery)
                yield return ("EXITINTINFO", (ulong)(ErrorCode ?? 0) << 32 | delivery);
        }
    }

    /// <summary>The exit in words.</summary>
    public override string ToString()
    {
        var details = Info1 is { } info1 && Info2 is { } info2 ? SvmExitWords.Of(Code, info1, info2) : "";
        var words = details.Length == 0 ? $"{Code}" : $"{Code}: {details}";
        // Vector, type, validity and that of the error code have the bits that VMX has for them.
        var delivery = new IdtVectoringInformation(Delivery ?? 0);
        return delivery.Valid
            ? $"{words}{(details.Length == 0 ? ": " : "; ")}while delivering {VmExitText.Event(delivery.Type, delivery.Vector, delivery.ErrorCodeValid && ErrorCode is not null, ErrorCode ?? 0)}"
            : words;
    }
}
