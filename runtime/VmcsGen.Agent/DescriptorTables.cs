using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>The global and interrupt descriptor tables and the task-state segment, which VM exits need too (SDM 3C 28.5.2).</summary>
internal static class DescriptorTables
{
    // SDM 3A 3.4.5: present, accessed; 64-bit code, and flat data.
    private const ulong CodeDescriptor = 0x00AF_9B00_0000_FFFF;
    private const ulong DataDescriptor = 0x00CF_9300_0000_FFFF;

    // The same at privilege level 3, and 32-bit code, which compatibility mode is.
    private const ulong UserCodeDescriptor = 0x00AF_FB00_0000_FFFF;
    private const ulong UserDataDescriptor = 0x00CF_F300_0000_FFFF;
    private const ulong CompatibilityDescriptor = 0x00CF_9B00_0000_FFFF;

    // An available 64-bit TSS of 104 bytes (SDM 3A 8.2.3).
    private const int TaskStateSize = 0x68;
    private const ulong TaskDescriptor = 0x0000_8900_0000_0000 | (TaskStateSize - 1);

    // A 64-bit interrupt gate (SDM 3A 7.14.1).
    private const int GateSize = 16;
    private const ushort InterruptGate = 0x8E00;

    private const int VectorCount = 256;
    private const int NmiVector = 2;

    // Bytes of the second processor's code, at most.
    private const int SecondProcessorSize = 0x60;

    // Limit (2), base (8).
    private const int PointerSize = 10;

    public static void Write(MachineCode code, AgentLabels labels)
    {
        code.Table(
            ref labels.Gdt,
            Selectors.TableSize,
            (writer, addressOf) =>
            {
                var task = addressOf(labels.TaskState);
                writer.Write(0UL);
                writer.Write(CodeDescriptor);
                writer.Write(DataDescriptor);
                // It lies below 16 MiB: the other parts of the base are 0.
                writer.Write(TaskDescriptor | (task << 16));
                writer.Write(0UL);
                writer.Write(UserDataDescriptor);
                writer.Write(UserCodeDescriptor);
                writer.Write(CompatibilityDescriptor);
            }
        );
        code.Table(
            ref labels.TaskState,
            TaskStateSize,
            static (writer, _) =>
            {
                // RSP0: where exceptions at CPL 3 go on.
                writer.Write(0u);
                writer.Write((ulong)AgentMemory.ExceptionStackTop);
            }
        );
        InitializeInterruptTable(code.Assembler, labels);
        code.Table(
            ref labels.Idt,
            AgentLabels.ExceptionCount * sizeof(ushort),
            (writer, addressOf) =>
            {
                // Below 64 KiB: the other parts of the offsets are 0.
                for (var vector = 0; vector < AgentLabels.ExceptionCount; vector++)
                    writer.Write((ushort)addressOf(vector == NmiVector ? labels.NmiHandler : labels.Exceptions[vector]));
            }
        );
        code.Table(
            ref labels.SecondProcessor,
            SecondProcessorSize,
            (writer, addressOf) => writer.Write(LocalApic.AssembleSecondProcessor(addressOf(labels.GdtDescriptor)))
        );
        Pointer(code, ref labels.GdtDescriptor, addressOf => addressOf(labels.Gdt), Selectors.TableSize);
        Pointer(code, ref labels.IdtDescriptor, _ => AgentMemory.InterruptTable, VectorCount * GateSize);
    }

    // The handlers of exceptions as the table of their offsets has them, and one for all interrupts. Also what else is copied.
    private static void InitializeInterruptTable(Assembler c, AgentLabels labels)
    {
        var exception = c.CreateLabel("exception");
        var next = c.CreateLabel("next gate");
        c.Label(ref labels.TableInitialize);
        c.lea(rsi, __[labels.SecondProcessor]);
        c.mov(edi, AgentMemory.SecondProcessor);
        c.mov(ecx, SecondProcessorSize);
        c.rep.movsb();
        c.lea(rsi, __[labels.Idt]);
        c.mov(edi, AgentMemory.InterruptTable);
        c.xor(ecx, ecx);
        c.Label(ref next);
        c.lea(rax, __[labels.InterruptHandler]);
        c.cmp(ecx, AgentLabels.ExceptionCount);
        c.jae(exception);
        c.movzx(eax, __word_ptr[rsi + (rcx * sizeof(ushort))]);
        c.Label(ref exception);
        c.or(eax, Selectors.Code << 16);
        c.stosd();
        c.mov(eax, InterruptGate);
        c.stosd();
        c.xor(eax, eax);
        c.stosq();
        c.inc(ecx);
        c.cmp(ecx, VectorCount);
        c.jb(next);
        c.ret();
    }

    private static void Pointer(MachineCode code, ref Label label, Func<Func<Label, ulong>, ulong> table, int size) =>
        code.Table(
            ref label,
            PointerSize,
            (writer, addressOf) =>
            {
                writer.Write((ushort)(size - 1));
                writer.Write(table(addressOf));
            }
        );
}
