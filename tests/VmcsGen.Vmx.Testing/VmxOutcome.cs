using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>How an instruction ended: a result in RFLAGS, a fault, or, of a VM entry, a VM exit with its reason.</summary>
public readonly record struct VmxOutcome
{
    private readonly VmxResult _result;
    private readonly ExceptionVector? _fault;
    private readonly ExitReason? _exit;

    private VmxOutcome(VmxResult result, ExceptionVector? fault, ExitReason? exit)
    {
        _result = result;
        _fault = fault;
        _exit = exit;
    }

    public static VmxOutcome Success => default;

    public static VmxOutcome FailInvalid => new(VmxResult.FailInvalid, null, null);

    public static VmxOutcome Undefined => Fault(ExceptionVector.InvalidOpcode);

    public static VmxOutcome Protection => Fault(ExceptionVector.GeneralProtection);

    public static VmxOutcome Fail(VmInstructionError error) => new(VmxResult.FailValid(error), null, null);

    public static VmxOutcome Fault(ExceptionVector vector) => new(default, vector, null);

    public static VmxOutcome Exit(BasicExitReason reason) => new(default, null, new ExitReason((uint)reason));

    /// <summary>A VM entry that failed after the checks on controls and host state.</summary>
    public static VmxOutcome EntryFailure(BasicExitReason reason) =>
        new(default, null, new ExitReason((uint)reason) with { EntryFailure = true });

    /// <summary>What an instruction ends with.</summary>
    public static VmxOutcome Of(Func<VmxResult> instruction)
    {
        try
        {
            return new(instruction(), null, null);
        }
        catch (ProcessorFaultException fault)
        {
            return Fault(fault.Vector);
        }
    }

    /// <summary>What a VM entry ends with; after a VM exit the reason is in the current VMCS.</summary>
    public static VmxOutcome OfEntry(IVmxProcessor processor, Func<VmxResult> entry)
    {
        var outcome = Of(entry);
        return outcome == Success ? new(default, null, processor.CurrentVmcs.ExitReason) : outcome;
    }

    public override string ToString() =>
        _exit is { } exit
            ? $"VM exit {exit.BasicReason}{(exit.EntryFailure ? " (entry failure)" : "")}"
            : _fault?.Mnemonic ?? _result.ToString();
}
