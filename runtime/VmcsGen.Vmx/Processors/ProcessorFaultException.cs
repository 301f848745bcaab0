using System;

namespace VmcsGen.Vmx;

/// <summary>
/// An instruction raised a fault instead of completing, such as #UD of VMXON without CR4.VMXE or #GP of RDMSR of an MSR that the
/// processor does not have. The processor is as it was before the instruction.
/// </summary>
public sealed class ProcessorFaultException : Exception
{
    /// <summary>Describes a fault.</summary>
    /// <param name="operation">The instruction and its operand.</param>
    /// <param name="vector">Which fault.</param>
    /// <param name="errorCode">The error code, of faults that have one.</param>
    /// <param name="reason">Why, where that is known: the condition in the instruction's description.</param>
    /// <param name="faultAddress">The linear address that a page fault leaves in CR2.</param>
    public ProcessorFaultException(
        string operation,
        ExceptionVector vector,
        uint? errorCode = null,
        string? reason = null,
        ulong? faultAddress = null
    )
        : base($"{operation} raised {vector.Mnemonic}{(errorCode is { } code ? $"({code})" : "")}{(reason is null ? "." : $": {reason}.")}")
    {
        Operation = operation;
        Vector = vector;
        ErrorCode = errorCode;
        FaultAddress = faultAddress;
    }

    /// <summary>The instruction and its operand.</summary>
    public string Operation { get; }

    /// <summary>Which fault.</summary>
    public ExceptionVector Vector { get; }

    /// <summary>The error code, of faults that have one.</summary>
    public uint? ErrorCode { get; }

    /// <summary>The linear address of a page fault, from CR2; null of other faults.</summary>
    public ulong? FaultAddress { get; }
}
