using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>How an instruction ended, with all that a fault tells.</summary>
/// <param name="Result">The result in RFLAGS.</param>
/// <param name="Fault">The fault, if there was one.</param>
/// <param name="ErrorCode">Its error code.</param>
/// <param name="FaultAddress">CR2, of a page fault.</param>
public readonly record struct FormOutcome(
    VmxResult Result,
    ExceptionVector? Fault = null,
    uint? ErrorCode = null,
    ulong? FaultAddress = null
)
{
    public static FormOutcome Undefined => new(default, ExceptionVector.InvalidOpcode);

    public static FormOutcome Protection => new(default, ExceptionVector.GeneralProtection, 0);

    public static FormOutcome StackFault => new(default, ExceptionVector.StackSegmentFault, 0);

    public static FormOutcome PageFault(uint errorCode, ulong address) => new(default, ExceptionVector.PageFault, errorCode, address);

    /// <summary>What an instruction ends with.</summary>
    public static FormOutcome Of(Func<VmxResult> instruction)
    {
        try
        {
            return new(instruction());
        }
        catch (ProcessorFaultException fault)
        {
            return new(default, fault.Vector, fault.ErrorCode, fault.FaultAddress);
        }
    }
}
