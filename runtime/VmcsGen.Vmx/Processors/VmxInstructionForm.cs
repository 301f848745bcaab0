using System;

namespace VmcsGen.Vmx;

/// <summary>
/// A VMX instruction as it stands in a program: with a memory operand anywhere, in any mode. See <see cref="IVmxProcessor.Execute"/>.
/// </summary>
/// <param name="Instruction">Which one.</param>
/// <param name="Mode">In which mode.</param>
/// <example><code>
/// processor.Execute(new(VmxInstruction.Vmptrld) { Operand = 1UL &lt;&lt; 63 });      // #GP(0): the address is not canonical
/// </code></example>
public readonly record struct VmxInstructionForm(VmxInstruction Instruction, VmxInstructionMode Mode = VmxInstructionMode.SixtyFourBit)
{
    /// <summary>The linear address of the memory operand, of instructions that have one.</summary>
    public ulong Operand { get; init; }

    /// <summary>
    /// Whether the operand is in the stack segment, as with RBP as its base: an address that is not canonical raises #SS then.
    /// </summary>
    public bool IsInStackSegment { get; init; }

    /// <summary>The register operand: encoding or type.</summary>
    public ulong Register { get; init; }

    /// <summary>Whether the instruction has a memory operand.</summary>
    public bool HasOperand => Instruction <= VmxInstruction.Invvpid;

    /// <exception cref="ArgumentException">No program has such an instruction, or there is another method for it.</exception>
    internal void Check()
    {
        var isEntry = Instruction is VmxInstruction.Vmlaunch or VmxInstruction.Vmresume;
        if (Instruction > VmxInstruction.Vmresume || Mode > VmxInstructionMode.User)
            throw new ArgumentException($"There is no {Instruction} in the mode {Mode}.");
        if (Mode == VmxInstructionMode.BehindMovSs && !isEntry)
            throw new ArgumentException($"MOV SS matters to VMLAUNCH and VMRESUME alone, not to {Instruction}.");
        if (Mode == VmxInstructionMode.SixtyFourBit && !HasOperand)
            throw new ArgumentException($"{Instruction} has no operand: use the method of its name.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Instruction.ToString().ToUpperInvariant()}{(HasOperand ? $" [0x{Operand:X}]" : "")}{(Mode == VmxInstructionMode.SixtyFourBit ? "" : $" ({Mode})")}";
}
