using System;

namespace VmcsGen.Vmx;

// The VM-exit instruction information by instruction (SDM 3C 28.2.5).
public readonly partial struct VmExit
{
    /// <summary>Operands of INS or OUTS. Reported only where bit 54 of IA32_VMX_BASIC is 1.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.IoInstruction)]
    public InsOutsInstructionInformation InsOutsInstructionInformation => new(Require(InstructionInformationFormat.InsOuts));

    /// <summary>Operands of INVEPT, INVPCID or INVVPID.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Invept, BasicExitReason.Invvpid, BasicExitReason.Invpcid)]
    public InvalidationInstructionInformation InvalidationInstructionInformation => new(Require(InstructionInformationFormat.Invalidation));

    /// <summary>Operands of LGDT, LIDT, SGDT or SIDT.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.GdtrIdtrAccess)]
    public GdtrIdtrInstructionInformation GdtrIdtrInstructionInformation => new(Require(InstructionInformationFormat.GdtrIdtr));

    /// <summary>Operands of LLDT, LTR, SLDT or STR.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.LdtrTrAccess)]
    public LdtrTrInstructionInformation LdtrTrInstructionInformation => new(Require(InstructionInformationFormat.LdtrTr));

    /// <summary>Operands of RDRAND, RDSEED, TPAUSE or UMWAIT.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Rdrand, BasicExitReason.Rdseed, BasicExitReason.Umwait, BasicExitReason.Tpause)]
    public RdrandRdseedInstructionInformation RdrandRdseedInstructionInformation => new(Require(InstructionInformationFormat.RdrandRdseed));

    /// <summary>Operands of VMCLEAR, VMPTRLD, VMPTRST, VMXON, XRSTORS or XSAVES.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(
        BasicExitReason.Vmclear,
        BasicExitReason.Vmptrld,
        BasicExitReason.Vmptrst,
        BasicExitReason.Vmxon,
        BasicExitReason.Xsaves,
        BasicExitReason.Xrstors
    )]
    public VmxInstructionInformation VmxInstructionInformation => new(Require(InstructionInformationFormat.Vmx));

    /// <summary>Operands of VMREAD or VMWRITE.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Vmread, BasicExitReason.Vmwrite)]
    public VmreadVmwriteInstructionInformation VmreadVmwriteInstructionInformation =>
        new(Require(InstructionInformationFormat.VmreadVmwrite));

    /// <summary>Operands of the immediate forms of RDMSR or WRMSRNS.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.RdmsrImmediate, BasicExitReason.WrmsrnsImmediate)]
    public MsrImmediateInstructionInformation MsrImmediateInstructionInformation => new(Require(InstructionInformationFormat.MsrImmediate));

    /// <summary>
    /// Whether the instruction has an operand in memory that <see cref="MemoryOperand"/> describes. The guest-linear address of
    /// INS and OUTS is a field of its own.
    /// </summary>
    public bool HasMemoryOperand =>
        InstructionInformationFormat switch
        {
            InstructionInformationFormat.Invalidation or InstructionInformationFormat.GdtrIdtr or InstructionInformationFormat.Vmx => true,
            InstructionInformationFormat.LdtrTr => !LdtrTrInstructionInformation.RegisterOperand,
            InstructionInformationFormat.VmreadVmwrite => !VmreadVmwriteInstructionInformation.RegisterOperand,
            _ => false,
        };

    /// <summary>
    /// The operand in memory of a VMX instruction, INVEPT, INVPCID, INVVPID, XSAVES, XRSTORS, or an access to a descriptor-table
    /// register: the parts of its address from the instruction information, and the displacement from the exit qualification.
    /// </summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason, or the operand is a register.</exception>
    [BelongsTo<BasicExitReason>(
        BasicExitReason.Vmclear,
        BasicExitReason.Vmptrld,
        BasicExitReason.Vmptrst,
        BasicExitReason.Vmxon,
        BasicExitReason.Xsaves,
        BasicExitReason.Xrstors,
        BasicExitReason.Vmread,
        BasicExitReason.Vmwrite,
        BasicExitReason.GdtrIdtrAccess,
        BasicExitReason.LdtrTrAccess,
        BasicExitReason.Invept,
        BasicExitReason.Invvpid,
        BasicExitReason.Invpcid
    )]
    public InstructionMemoryOperand MemoryOperand
    {
        get
        {
            if (!HasMemoryOperand)
                ThrowOtherReason("A memory operand", $"{VmExitFormats.ReasonsWithMemoryOperand} whose operand is in memory");
            return new InstructionMemoryOperand(InstructionInformation, Qualification);
        }
    }

    private uint Require(InstructionInformationFormat format)
    {
        if (InstructionInformationFormat != format)
            ThrowOtherReason($"The instruction information {format}", VmExitFormats.ReasonsWith(format));
        return InstructionInformation;
    }
}
