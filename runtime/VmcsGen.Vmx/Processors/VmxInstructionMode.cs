namespace VmcsGen.Vmx;

/// <summary>In which mode of the processor an instruction is executed.</summary>
public enum VmxInstructionMode : byte
{
    /// <summary>64-bit mode at CPL 0.</summary>
    SixtyFourBit,

    /// <summary>
    /// 64-bit mode at CPL 0, right behind MOV SS, which blocks events for one instruction. Of VMLAUNCH and VMRESUME alone.
    /// </summary>
    BehindMovSs,

    /// <summary>Compatibility mode at CPL 0.</summary>
    Compatibility,

    /// <summary>64-bit mode at CPL 3.</summary>
    User,
}
