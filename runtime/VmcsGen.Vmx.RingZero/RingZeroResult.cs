using System;
using System.IO;

namespace VmcsGen.Vmx.RingZero;

/// <summary>What became of an instruction in a <see cref="RingZeroBatch"/>. Known once the batch was executed.</summary>
public class RingZeroResult
{
    private readonly AgentCommand _command;
    private readonly byte[] _operands;
    private VmxResult _outcome;
    private ProcessorFaultException? _fault;

    internal RingZeroResult(AgentCommand command, byte[] operands)
    {
        _command = command;
        _operands = operands;
    }

    /// <summary>Whether the batch was executed.</summary>
    public bool IsExecuted { get; private set; }

    /// <summary>The fault that the instruction raised, if it did.</summary>
    /// <exception cref="InvalidOperationException">The batch was not executed yet.</exception>
    public ProcessorFaultException? Fault
    {
        get
        {
            ThrowIfPending();
            return _fault;
        }
    }

    /// <summary>How a VMX instruction ended; VMsucceed for other instructions.</summary>
    /// <exception cref="InvalidOperationException">The batch was not executed yet.</exception>
    /// <exception cref="ProcessorFaultException">The instruction raised a fault.</exception>
    public VmxResult Outcome => Fault is { } fault ? throw fault : _outcome;

    /// <summary>Whether the instruction succeeded: it neither raised a fault nor failed.</summary>
    /// <exception cref="InvalidOperationException">The batch was not executed yet.</exception>
    public bool IsSuccess => Fault is null && _outcome.IsSuccess;

    /// <summary>The instruction and its operand, for messages.</summary>
    internal string Operation => AgentCommandText.Describe(_command, _operands);

    /// <summary>Throws unless the instruction succeeded.</summary>
    /// <exception cref="InvalidOperationException">The batch was not executed yet.</exception>
    /// <exception cref="ProcessorFaultException">The instruction raised a fault.</exception>
    /// <exception cref="VmxException">The instruction failed.</exception>
    public void ThrowIfFailed()
    {
        if (!Outcome.IsSuccess)
            throw new VmxException(Operation, _outcome);
    }

    internal void Complete(ref AgentReader reader)
    {
        switch ((AgentStatus)reader.Byte())
        {
            case AgentStatus.Succeeded:
                CompleteValue(ref reader);
                break;
            case AgentStatus.FailInvalid:
                _outcome = VmxResult.FailInvalid;
                break;
            case AgentStatus.FailValid:
                _outcome = reader.UInt32() is not 0 and var error
                    ? VmxResult.FailValid((VmInstructionError)error)
                    : throw new InvalidDataException($"{Operation}: VMfailValid with a VM-instruction error of 0.");
                break;
            case AgentStatus.Fault:
                var vector = (ExceptionVector)reader.Byte();
                var errorCode = reader.UInt32();
                var rip = reader.UInt64();
                var faultAddress = reader.UInt64();
                _fault = new ProcessorFaultException(
                    Operation,
                    vector,
                    vector.HasErrorCode ? errorCode : null,
                    $"the agent's instruction at 0x{rip:X}",
                    vector == ExceptionVector.PageFault ? faultAddress : null
                );
                break;
            case var status:
                throw new InvalidDataException($"{Operation}: there is no status {(byte)status}.");
        }
        IsExecuted = true;
    }

    private protected virtual void CompleteValue(ref AgentReader reader) { }

    private void ThrowIfPending()
    {
        if (!IsExecuted)
            throw new InvalidOperationException(
                $"{Operation} has no result yet: call {nameof(RingZeroBatch)}.{nameof(RingZeroBatch.Execute)} first."
            );
    }
}
