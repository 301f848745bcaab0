using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.RingZero;

/// <summary>The agent's commands as instructions with their operands, for messages.</summary>
internal static class AgentCommandText
{
    internal static string Describe(AgentCommand command, ReadOnlySpan<byte> operands) =>
        command switch
        {
            AgentCommand.Cpuid => $"CPUID 0x{UInt32(operands):X}, subleaf 0x{UInt32(operands[sizeof(uint)..]):X}",
            AgentCommand.Rdmsr => $"RDMSR of 0x{UInt32(operands):X}",
            AgentCommand.Wrmsr => $"WRMSR of 0x{UInt64(operands[sizeof(uint)..]):X} to 0x{UInt32(operands):X}",
            AgentCommand.ReadControlRegister => $"MOV from CR{operands[0]}",
            AgentCommand.WriteControlRegister => $"MOV of 0x{UInt64(operands[1..]):X} to CR{operands[0]}",
            AgentCommand.ReadMemory => $"Reading memory at 0x{UInt64(operands):X}",
            AgentCommand.WriteMemory or AgentCommand.FillMemory => $"Writing memory at 0x{UInt64(operands):X}",
            AgentCommand.Vmread => $"VMREAD of {VmcsFields.NameOf((VmcsField)UInt32(operands))}",
            AgentCommand.Vmwrite =>
                $"VMWRITE of 0x{UInt64(operands[sizeof(uint)..]):X} to {VmcsFields.NameOf((VmcsField)UInt32(operands))}",
            AgentCommand.Vmxon or AgentCommand.Vmclear or AgentCommand.Vmptrld => $"{Name(command)} of 0x{UInt64(operands):X}",
            AgentCommand.Invept or AgentCommand.Invvpid => $"{Name(command)} of type {UInt32(operands)}",
            AgentCommand.ReadDebugRegister => $"MOV from DR{operands[0]}",
            AgentCommand.WriteDebugRegister => $"MOV of 0x{UInt64(operands[1..]):X} to DR{operands[0]}",
            AgentCommand.Xgetbv => $"XGETBV of XCR{UInt32(operands)}",
            AgentCommand.Xsetbv => $"XSETBV of 0x{UInt64(operands[sizeof(uint)..]):X} to XCR{UInt32(operands)}",
            AgentCommand.Execute =>
                $"{((VmxInstruction)operands[0]).ToString().ToUpperInvariant()} [0x{UInt64(operands[2..]):X}] ({(AgentForm)operands[1]})",
            AgentCommand.VmreadFields => "VMREAD of several fields",
            AgentCommand.Enter => operands[sizeof(ulong)] == 0 ? "VMLAUNCH" : "VMRESUME",
            AgentCommand.PendInterrupt => $"Interrupt 0x{operands[0]:X2}",
            AgentCommand.AcknowledgeInterrupt => "Acknowledging an interrupt",
            AgentCommand.ArmEvent => $"{RingZeroEvents.Describe(UInt32(operands))} for the next guest",
            _ => Name(command),
        };

    private static string Name(AgentCommand command) => command.ToString().ToUpperInvariant();

    private static uint UInt32(ReadOnlySpan<byte> operands) => BinaryPrimitives.ReadUInt32LittleEndian(operands);

    private static ulong UInt64(ReadOnlySpan<byte> operands) => BinaryPrimitives.ReadUInt64LittleEndian(operands);
}
