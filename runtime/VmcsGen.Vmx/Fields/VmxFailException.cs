namespace VmcsGen.Vmx;

/// <summary>A VMX instruction failed: VMfailInvalid or VMfailValid (SDM 3C 31.2).</summary>
public class VmxFailException : VmxException
{
    /// <summary>Describes a failed instruction.</summary>
    /// <param name="operation">The instruction and its operand.</param>
    /// <param name="result">How it failed.</param>
    public VmxFailException(string operation, VmxResult result)
        : base($"{operation} failed: {Explain(result)}")
    {
        Operation = operation;
        Result = result;
    }

    private protected VmxFailException(string message, string operation, VmxResult result)
        : base(message)
    {
        Operation = operation;
        Result = result;
    }

    /// <summary>The instruction and its operand.</summary>
    public string Operation { get; }

    /// <summary>How it failed.</summary>
    public VmxResult Result { get; }

    private static string Explain(VmxResult result) =>
        result.IsFailInvalid
            ? "VMfailInvalid. There is no current VMCS: load one with VMPTRLD first."
            : $"VM-instruction error {(uint)result.Error} ({result.Error}). {VmInstructionErrorTexts.MeaningOf(result.Error)}".TrimEnd();
}
