using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// Instructions for a <see cref="RingZeroCpu"/> that are executed together, in order: a round trip for hundreds of them instead of
/// one each. An instruction that fails or faults does not keep the following ones from being executed; every one has its own result.
/// </summary>
/// <example><code>
/// var batch = cpu.CreateBatch();
/// batch.Vmwrite(VmcsField.GuestRip, 0x10_0000);
/// var rflags = batch.Vmread(VmcsField.GuestRflags);
/// batch.Execute();
/// Console.WriteLine($"{rflags.Value:X}");
/// </code></example>
public sealed class RingZeroBatch
{
    // Bytes of a status and what may come with it, or the value.
    private const int StatusSize = 1;
    private const int FaultSize = sizeof(byte) + sizeof(uint) + (2 * sizeof(ulong));

    private readonly RingZeroCpu _cpu;
    private readonly List<Entry> _entries = [];

    internal RingZeroBatch(RingZeroCpu cpu) => _cpu = cpu;

    /// <summary>Instructions that wait for <see cref="Execute"/>.</summary>
    public int Count => _entries.Count;

    /// <summary>CPUID.</summary>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    public RingZeroResult<CpuidValues> Cpuid(uint leaf, uint subleaf = 0) =>
        Add(
            AgentCommand.Cpuid,
            [.. Bytes(leaf), .. Bytes(subleaf)],
            4 * sizeof(uint),
            static (ref reader) => new CpuidValues(reader.UInt32(), reader.UInt32(), reader.UInt32(), reader.UInt32())
        );

    /// <summary>RDMSR.</summary>
    /// <param name="index">ECX.</param>
    public RingZeroResult<ulong> ReadMsr(uint index) => AddNumber(AgentCommand.Rdmsr, Bytes(index));

    /// <summary>WRMSR.</summary>
    /// <param name="index">ECX.</param>
    /// <param name="value">EDX:EAX.</param>
    public RingZeroResult WriteMsr(uint index, ulong value) => Add(AgentCommand.Wrmsr, [.. Bytes(index), .. Bytes(value)]);

    /// <summary>MOV from a control register.</summary>
    /// <param name="number">Which one.</param>
    public RingZeroResult<ulong> ReadControlRegister(ControlRegister number) => AddNumber(AgentCommand.ReadControlRegister, [(byte)number]);

    /// <summary>MOV to a control register.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="value">The value.</param>
    public RingZeroResult WriteControlRegister(ControlRegister number, ulong value) =>
        Add(AgentCommand.WriteControlRegister, [(byte)number, .. Bytes(value)]);

    /// <summary>VMXON.</summary>
    /// <param name="region">Physical address of the VMXON region.</param>
    public RingZeroResult Vmxon(ulong region) => Add(AgentCommand.Vmxon, Bytes(region));

    /// <summary>VMXOFF.</summary>
    public RingZeroResult Vmxoff() => Add(AgentCommand.Vmxoff, []);

    /// <summary>VMCLEAR.</summary>
    /// <param name="region">Physical address of the VMCS region.</param>
    public RingZeroResult Vmclear(ulong region) => Add(AgentCommand.Vmclear, Bytes(region));

    /// <summary>VMPTRLD.</summary>
    /// <param name="region">Physical address of the VMCS region.</param>
    public RingZeroResult Vmptrld(ulong region) => Add(AgentCommand.Vmptrld, Bytes(region));

    /// <summary>VMPTRST.</summary>
    public RingZeroResult<ulong> Vmptrst() => AddNumber(AgentCommand.Vmptrst, []);

    /// <summary>VMREAD.</summary>
    /// <param name="field">The field's encoding.</param>
    public RingZeroResult<ulong> Vmread(VmcsField field) => AddNumber(AgentCommand.Vmread, Bytes((uint)field));

    /// <summary>VMWRITE.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value.</param>
    public RingZeroResult Vmwrite(VmcsField field, ulong value) => Add(AgentCommand.Vmwrite, [.. Bytes((uint)field), .. Bytes(value)]);

    /// <summary>VMLAUNCH, up to the next VM exit. Gives the guest's registers then.</summary>
    /// <param name="registers">The guest's registers.</param>
    public RingZeroResult<GeneralRegisters> Vmlaunch(in GeneralRegisters registers) => AddEntry(AgentCommand.Vmlaunch, registers);

    /// <summary>VMRESUME, up to the next VM exit. Gives the guest's registers then.</summary>
    /// <param name="registers">The guest's registers.</param>
    public RingZeroResult<GeneralRegisters> Vmresume(in GeneralRegisters registers) => AddEntry(AgentCommand.Vmresume, registers);

    /// <summary>INVEPT.</summary>
    /// <param name="type">Which translations.</param>
    /// <param name="descriptor">The memory operand.</param>
    public RingZeroResult Invept(InveptType type, in InveptDescriptor descriptor) =>
        Add(AgentCommand.Invept, [.. Bytes((uint)type), .. Bytes(descriptor)]);

    /// <summary>INVVPID.</summary>
    /// <param name="type">Which translations.</param>
    /// <param name="descriptor">The memory operand.</param>
    public RingZeroResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor) =>
        Add(AgentCommand.Invvpid, [.. Bytes((uint)type), .. Bytes(descriptor)]);

    /// <summary>VMCALL.</summary>
    public RingZeroResult Vmcall() => Add(AgentCommand.Vmcall, []);

    /// <summary>A VMX instruction with its memory operand anywhere, or in another mode.</summary>
    /// <param name="form">The instruction.</param>
    /// <exception cref="ArgumentException">No program has such an instruction, or there is another method for it.</exception>
    public RingZeroResult Instruction(VmxInstructionForm form)
    {
        form.Check();
        if (form.Mode == VmxInstructionMode.BehindMovSs)
        {
            return AddEntry(
                form.Instruction == VmxInstruction.Vmlaunch ? AgentCommand.VmlaunchBehindMovSs : AgentCommand.VmresumeBehindMovSs,
                default
            );
        }
        var how = form.Mode switch
        {
            VmxInstructionMode.Compatibility => AgentForm.Compatibility,
            VmxInstructionMode.User => AgentForm.User,
            _ => form.IsInStackSegment ? AgentForm.Stack : AgentForm.Data,
        };
        return Add(AgentCommand.Execute, [(byte)form.Instruction, (byte)how, .. Bytes(form.Operand), .. Bytes(form.Register)]);
    }

    /// <summary>MOV from a debug register.</summary>
    /// <param name="number">0 to 3, 6 or 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such debug register.</exception>
    public RingZeroResult<ulong> ReadDebugRegister(int number) => AddNumber(AgentCommand.ReadDebugRegister, [DebugRegisters.Check(number)]);

    /// <summary>MOV to a debug register.</summary>
    /// <param name="number">0 to 3, 6 or 7.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such debug register.</exception>
    public RingZeroResult WriteDebugRegister(int number, ulong value) =>
        Add(AgentCommand.WriteDebugRegister, [DebugRegisters.Check(number), .. Bytes(value)]);

    /// <summary>XGETBV.</summary>
    /// <param name="index">ECX.</param>
    public RingZeroResult<ulong> ReadXcr(uint index) => AddNumber(AgentCommand.Xgetbv, Bytes(index));

    /// <summary>XSETBV.</summary>
    /// <param name="index">ECX.</param>
    /// <param name="value">EDX:EAX.</param>
    public RingZeroResult WriteXcr(uint index, ulong value) => Add(AgentCommand.Xsetbv, [.. Bytes(index), .. Bytes(value)]);

    /// <summary>VMREAD of several fields.</summary>
    internal RingZeroResult<(ulong[] Values, VmxResult[] Outcomes)> VmreadFields(ReadOnlySpan<VmcsField> fields)
    {
        var count = fields.Length;
        return Add(
            AgentCommand.VmreadFields,
            RingZeroFields.Encode(fields),
            count * RingZeroFields.LongestNumber,
            (ref reader) => RingZeroFields.ReadFields(ref reader, count)
        );
    }

    /// <summary>VMPTRLD, VMLAUNCH or VMRESUME, and VMREAD of several fields after the VM exit.</summary>
    internal RingZeroResult<(GeneralRegisters Registers, ulong[] Values, VmxResult[] Outcomes)> Enter(
        ulong region,
        bool isLaunched,
        in GeneralRegisters registers,
        ReadOnlySpan<VmcsField> fields
    )
    {
        var count = fields.Length;
        return Add(
            AgentCommand.Enter,
            RingZeroFields.Encode(region, isLaunched, registers, fields),
            RingZeroFields.LongestRegisters + (count * RingZeroFields.LongestNumber),
            (ref reader) =>
            {
                var after = RingZeroFields.ReadRegisters(ref reader);
                var (values, outcomes) = RingZeroFields.ReadFields(ref reader, count);
                return (after, values, outcomes);
            }
        );
    }

    /// <summary>An interrupt for the local APIC, where it waits.</summary>
    internal RingZeroResult PendInterrupt(byte vector) => Add(AgentCommand.PendInterrupt, [vector]);

    /// <summary>Takes the pending interrupt of the highest priority; gives <see cref="RingZeroEvents.NoInterrupt"/> if there is none.</summary>
    internal RingZeroResult<ushort> AcknowledgeInterrupt() =>
        Add(AgentCommand.AcknowledgeInterrupt, [], sizeof(ushort), static (ref reader) => reader.UInt16());

    /// <summary>What the second processor sends after the next VM entry.</summary>
    internal RingZeroResult ArmEvent(uint interruptCommand) => Add(AgentCommand.ArmEvent, Bytes(interruptCommand));

    /// <summary>
    /// Executes the instructions and empties the batch. It takes as many round trips as the agent's buffers make necessary.
    /// </summary>
    /// <exception cref="RingZeroException">The agent does not answer; some of the instructions may have been executed.</exception>
    /// <exception cref="NotSupportedException">
    /// The machine is known to be lost by an instruction; those before it were executed.
    /// </exception>
    public void Execute()
    {
        var entries = _entries.ToArray();
        _entries.Clear();
        var guard = _cpu.Guard;
        for (var start = 0; start < entries.Length; )
        {
            var request = 0;
            var results = 0;
            var end = start;
            if (guard?.Concerns(entries[start].Request) == true)
                guard.Check(entries[start]);
            while (
                end < entries.Length
                && (end == start || guard?.Concerns(entries[end].Request) != true)
                && request + entries[end].Request.Length <= _cpu.MaxRequest
                && results + entries[end].ResultSize <= _cpu.MaxResults
            )
            {
                request += entries[end].Request.Length;
                results += entries[end].ResultSize;
                end++;
            }
            _cpu.Exchange(entries.AsSpan(start, end - start), request);
            start = end;
        }
    }

    /// <summary>Reads memory; at most as many bytes as fit into an answer.</summary>
    /// <param name="address">Physical address of the first byte, below 4 GiB.</param>
    /// <param name="length">Bytes.</param>
    public RingZeroResult<byte[]> ReadMemory(ulong address, int length) =>
        Add(AgentCommand.ReadMemory, [.. Bytes(address), .. Bytes(length)], length, (ref reader) => reader.Bytes(length).ToArray());

    /// <summary>Writes memory; at most as many bytes as fit into a request.</summary>
    /// <param name="address">Physical address of the first byte, below 4 GiB.</param>
    /// <param name="bytes">The bytes.</param>
    public RingZeroResult WriteMemory(ulong address, ReadOnlySpan<byte> bytes) =>
        Add(AgentCommand.WriteMemory, [.. Bytes(address), .. Bytes(bytes.Length), .. bytes]);

    internal RingZeroResult FillMemory(ulong address, int length, byte value) =>
        Add(AgentCommand.FillMemory, [.. Bytes(address), .. Bytes(length), value]);

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private RingZeroResult<GeneralRegisters> AddEntry(AgentCommand command, in GeneralRegisters registers) =>
        Add(
            command,
            Bytes(registers),
            AgentCommands.RegistersSize,
            static (ref reader) => MemoryMarshal.Read<GeneralRegisters>(reader.Bytes(AgentCommands.RegistersSize))
        );

    private RingZeroResult<ulong> AddNumber(AgentCommand command, byte[] operands) =>
        Add(command, operands, sizeof(ulong), static (ref reader) => reader.UInt64());

    private RingZeroResult<T> Add<T>(AgentCommand command, byte[] operands, int valueSize, RingZeroResult<T>.Decoder decode)
    {
        var result = new RingZeroResult<T>(command, operands, decode);
        Add(command, operands, valueSize, result);
        return result;
    }

    private RingZeroResult Add(AgentCommand command, byte[] operands)
    {
        var result = new RingZeroResult(command, operands);
        Add(command, operands, valueSize: 0, result);
        return result;
    }

    private void Add(AgentCommand command, byte[] operands, int valueSize, RingZeroResult result)
    {
        var entry = new Entry([(byte)command, .. operands], StatusSize + Math.Max(valueSize, FaultSize), result);
        if (entry.Request.Length > _cpu.MaxRequest || entry.ResultSize > _cpu.MaxResults)
            throw new InvalidDataException($"{result.Operation} is too long for the agent's buffers.");
        _entries.Add(entry);
    }

    /// <summary>An instruction on its way.</summary>
    /// <param name="Request">The command and its operands.</param>
    /// <param name="ResultSize">Bytes of the result, at most.</param>
    /// <param name="Result">Receives it.</param>
    internal readonly record struct Entry(byte[] Request, int ResultSize, RingZeroResult Result);
}
