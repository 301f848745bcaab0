namespace VmcsGen.Vmx.RingZero;

/// <summary>How <see cref="AgentCommand.Execute"/> executes an instruction.</summary>
internal enum AgentForm : byte
{
    /// <summary>In 64-bit mode, its operand in DS.</summary>
    Data,

    /// <summary>In 64-bit mode, its operand in SS.</summary>
    Stack,

    /// <summary>In compatibility mode.</summary>
    Compatibility,

    /// <summary>In 64-bit mode at CPL 3.</summary>
    User,
}
