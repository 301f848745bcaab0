using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>How long the operands of the agent's commands are.</summary>
internal static class AgentCommands
{
    /// <summary>Bytes of a command itself.</summary>
    internal const int CommandSize = 1;

    /// <summary>Bytes of the general registers, all but RSP.</summary>
    internal const int RegistersSize = 15 * sizeof(ulong);

    private const int DescriptorSize = 16;

    /// <summary>Bytes of operands of a fixed size; what <see cref="AgentCommand.WriteMemory"/> and the commands on several fields have more comes on top.</summary>
    internal static int OperandSize(AgentCommand command) =>
        command switch
        {
            AgentCommand.Vmxoff or AgentCommand.Vmptrst or AgentCommand.Vmcall or AgentCommand.AcknowledgeInterrupt => 0,
            AgentCommand.ReadControlRegister or AgentCommand.ReadDebugRegister or AgentCommand.PendInterrupt => sizeof(byte),
            AgentCommand.Rdmsr or AgentCommand.Vmread or AgentCommand.Xgetbv or AgentCommand.ArmEvent => sizeof(uint),
            AgentCommand.Cpuid or AgentCommand.Vmxon or AgentCommand.Vmclear or AgentCommand.Vmptrld => sizeof(ulong),
            AgentCommand.WriteControlRegister or AgentCommand.WriteDebugRegister => sizeof(byte) + sizeof(ulong),
            AgentCommand.Wrmsr or AgentCommand.Xsetbv or AgentCommand.Vmwrite or AgentCommand.ReadMemory or AgentCommand.WriteMemory =>
                sizeof(uint) + sizeof(ulong),
            AgentCommand.FillMemory => sizeof(ulong) + sizeof(uint) + sizeof(byte),
            AgentCommand.Invept or AgentCommand.Invvpid => sizeof(uint) + DescriptorSize,
            AgentCommand.VmreadFields => sizeof(ushort),
            AgentCommand.Enter => sizeof(ulong) + sizeof(byte) + sizeof(ushort),
            AgentCommand.Execute => (2 * sizeof(byte)) + (2 * sizeof(ulong)),
            AgentCommand.Vmlaunch or AgentCommand.Vmresume or AgentCommand.VmlaunchBehindMovSs or AgentCommand.VmresumeBehindMovSs =>
                RegistersSize,
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "The ring-0 agent has no such command."),
        };
}
