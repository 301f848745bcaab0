namespace VmcsGen.Vmx.Kvm;

/// <summary>An instruction of a guest, as far as VM exits tell of it.</summary>
internal readonly record struct GuestInstruction
{
    internal GuestOpcode Opcode { get; init; }

    /// <summary>Bytes of the instruction, prefixes counted. Known for all but <see cref="GuestOpcode.Other"/>.</summary>
    internal int Length { get; init; }

    /// <summary>Bytes of an access by IN, OUT, INS or OUTS; else of the operands: 2, 4 or 8.</summary>
    internal int OperandSize { get; init; }

    /// <summary>Bytes of addresses: 2, 4 or 8.</summary>
    internal int AddressSize { get; init; }

    /// <summary>Whether there is a REP or REPNE prefix.</summary>
    internal bool IsRepeated { get; init; }

    /// <summary>The port number in the instruction; null if it is in DX.</summary>
    internal byte? ImmediatePort { get; init; }

    /// <summary>The register that ModR/M bits 5:3 name, with REX.R.</summary>
    internal int Register { get; init; }

    /// <summary>Whether the other operand is a register and not in memory.</summary>
    internal bool IsRegisterOperand { get; init; }

    /// <summary>That register, with REX.B.</summary>
    internal int OtherRegister { get; init; }

    /// <summary>The memory operand.</summary>
    internal GuestMemoryOperand Memory { get; init; }
}
