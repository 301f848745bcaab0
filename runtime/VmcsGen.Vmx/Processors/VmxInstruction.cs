namespace VmcsGen.Vmx;

/// <summary>The VMX instructions (SDM 3C 31.3).</summary>
public enum VmxInstruction : byte
{
    /// <summary>VMXON, with a memory operand: the region's address.</summary>
    Vmxon,

    /// <summary>VMCLEAR, with a memory operand: the region's address.</summary>
    Vmclear,

    /// <summary>VMPTRLD, with a memory operand: the region's address.</summary>
    Vmptrld,

    /// <summary>VMPTRST, with a memory operand that it writes.</summary>
    Vmptrst,

    /// <summary>VMREAD, with a memory operand that it writes; the register holds the encoding.</summary>
    Vmread,

    /// <summary>VMWRITE, with a memory operand that it reads; the register holds the encoding.</summary>
    Vmwrite,

    /// <summary>INVEPT, with a memory operand: the descriptor; the register holds the type.</summary>
    Invept,

    /// <summary>INVVPID, with a memory operand: the descriptor; the register holds the type.</summary>
    Invvpid,

    /// <summary>VMXOFF.</summary>
    Vmxoff,

    /// <summary>VMCALL.</summary>
    Vmcall,

    /// <summary>VMLAUNCH.</summary>
    Vmlaunch,

    /// <summary>VMRESUME.</summary>
    Vmresume,
}
