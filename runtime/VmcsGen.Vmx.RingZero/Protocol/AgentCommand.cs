namespace VmcsGen.Vmx.RingZero;

/// <summary>What the ring-0 agent can be asked to do. Operands and results stand behind each, as bytes without gaps.</summary>
internal enum AgentCommand : byte
{
    /// <summary>Leaf (4), subleaf (4). Gives EAX, EBX, ECX, EDX (4 each).</summary>
    Cpuid,

    /// <summary>Index (4). Gives the value (8).</summary>
    Rdmsr,

    /// <summary>Index (4), value (8).</summary>
    Wrmsr,

    /// <summary>Number (1). Gives the value (8).</summary>
    ReadControlRegister,

    /// <summary>Number (1), value (8).</summary>
    WriteControlRegister,

    /// <summary>Physical address (8), length (4). Gives the bytes.</summary>
    ReadMemory,

    /// <summary>Physical address (8), length (4), the bytes.</summary>
    WriteMemory,

    /// <summary>Physical address (8), length (4), the byte to repeat (1).</summary>
    FillMemory,

    /// <summary>Physical address (8).</summary>
    Vmxon,

    /// <summary>No operands.</summary>
    Vmxoff,

    /// <summary>Physical address (8).</summary>
    Vmclear,

    /// <summary>Physical address (8).</summary>
    Vmptrld,

    /// <summary>No operands. Gives the physical address (8).</summary>
    Vmptrst,

    /// <summary>Encoding (4). Gives the value (8).</summary>
    Vmread,

    /// <summary>Encoding (4), value (8).</summary>
    Vmwrite,

    /// <summary>General registers (15 times 8, as in <see cref="GeneralRegisters"/>). Gives them after the VM exit.</summary>
    Vmlaunch,

    /// <summary>As <see cref="Vmlaunch"/>.</summary>
    Vmresume,

    /// <summary>Type (4), descriptor (16).</summary>
    Invept,

    /// <summary>Type (4), descriptor (16).</summary>
    Invvpid,

    /// <summary>No operands.</summary>
    Vmcall,

    /// <summary>Vector (1). Sends the interrupt to the agent's own local APIC, where it waits.</summary>
    PendInterrupt,

    /// <summary>No operands. Takes the pending interrupt of the highest priority; gives its vector (2), or all ones.</summary>
    AcknowledgeInterrupt,

    /// <summary>
    /// Interrupt command (4), as the local APIC's register has it. The second processor sends it to this one after the next VM entry.
    /// </summary>
    ArmEvent,

    /// <summary>Number (1). Gives the value (8).</summary>
    ReadDebugRegister,

    /// <summary>Number (1), value (8).</summary>
    WriteDebugRegister,

    /// <summary>Index (4). Gives the value (8).</summary>
    Xgetbv,

    /// <summary>Index (4), value (8).</summary>
    Xsetbv,

    /// <summary>As <see cref="Vmlaunch"/>, right behind MOV SS.</summary>
    VmlaunchBehindMovSs,

    /// <summary>As <see cref="Vmresume"/>, right behind MOV SS.</summary>
    VmresumeBehindMovSs,

    /// <summary>Instruction (1), form (1), linear address of the operand (8), register (8).</summary>
    Execute,

    /// <summary>
    /// Count (2), as many encodings (2 each). Gives for each field its value in <see cref="AgentNumbers">short form</see>, or how reading
    /// failed.
    /// </summary>
    VmreadFields,

    /// <summary>
    /// Physical address of the VMCS (8), whether it was launched (1), count (2); then as many encodings (2 each) and the general registers
    /// in short form. VMPTRLD, and VMLAUNCH or VMRESUME. Gives the general registers in short form, and the fields as
    /// <see cref="VmreadFields"/> does.
    /// </summary>
    Enter,
}
