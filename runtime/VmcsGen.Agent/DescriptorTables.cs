using System;
using Iced.Intel;

namespace VmcsGen.Agent;

/// <summary>The global and interrupt descriptor tables and the task-state segment, which VM exits need too (SDM 3C 28.5.2).</summary>
internal static class DescriptorTables
{
    // SDM 3A 3.4.5: present, accessed; 64-bit code, and flat data.
    private const ulong CodeDescriptor = 0x00AF_9B00_0000_FFFF;
    private const ulong DataDescriptor = 0x00CF_9300_0000_FFFF;

    // An available 64-bit TSS of 104 bytes (SDM 3A 8.2.3).
    private const int TaskStateSize = 0x68;
    private const ulong TaskDescriptor = 0x0000_8900_0000_0000 | (TaskStateSize - 1);

    // A 64-bit interrupt gate (SDM 3A 7.14.1).
    private const int GateSize = 16;
    private const ushort InterruptGate = 0x8E00;

    // Limit (2), base (8).
    private const int PointerSize = 10;

    public static void Write(MachineCode code, AgentLabels labels)
    {
        code.Table(ref labels.Gdt, Selectors.TableSize, (writer, addressOf) =>
        {
            var task = addressOf(labels.TaskState);
            writer.Write(0UL);
            writer.Write(CodeDescriptor);
            writer.Write(DataDescriptor);
            // It lies below 16 MiB: the other parts of the base are 0.
            writer.Write(TaskDescriptor | (task << 16));
            writer.Write(0UL);
        });
        code.Table(ref labels.TaskState, TaskStateSize, static (_, _) => { });
        code.Table(ref labels.Idt, AgentLabels.ExceptionCount * GateSize, (writer, addressOf) =>
        {
            foreach (var handler in labels.Exceptions)
            {
                // Below 64 KiB: the other parts of the offset are 0.
                writer.Write((ushort)addressOf(handler));
                writer.Write(Selectors.Code);
                writer.Write(InterruptGate);
                writer.Write((ushort)0);
                writer.Write(0UL);
            }
        });
        Pointer(code, ref labels.GdtDescriptor, () => labels.Gdt, Selectors.TableSize);
        Pointer(code, ref labels.IdtDescriptor, () => labels.Idt, AgentLabels.ExceptionCount * GateSize);
    }

    private static void Pointer(MachineCode code, ref Label label, Func<Label> table, int size) =>
        code.Table(ref label, PointerSize, (writer, addressOf) =>
        {
            writer.Write((ushort)(size - 1));
            writer.Write(addressOf(table()));
        });
}
