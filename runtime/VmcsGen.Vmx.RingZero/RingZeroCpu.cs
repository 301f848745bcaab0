using System;
using System.IO;
using System.Threading;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// A processor that a small program, the ring-0 agent, has for itself: it runs in 64-bit mode at CPL 0, with the first 4 GiB of
/// memory mapped to themselves and interrupts off, and executes what it is told over a serial line. <c>BochsMachine</c> and
/// <c>KvmRingZeroMachine</c>, in packages of their own, start machines that hold one.
/// </summary>
/// <remarks>
/// Each call is a round trip; <see cref="CreateBatch"/> makes one of many. One thread uses it at a time.
/// </remarks>
public sealed class RingZeroCpu : IVmxProcessor
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly AgentConnection _connection;
    private readonly AgentHello _hello;

    /// <summary>Waits until the agent at the other end says hello.</summary>
    /// <param name="line">
    /// The serial line to the agent. It must support timeouts, so that no call waits for ever. It is not disposed of.
    /// </param>
    /// <param name="memorySize">Bytes of the machine's memory, from physical address 0 on.</param>
    /// <param name="machineOutput">Gives what the machine said last, for exceptions.</param>
    /// <exception cref="ArgumentException">The stream has no timeouts.</exception>
    /// <exception cref="RingZeroException">No agent says hello.</exception>
    public RingZeroCpu(Stream line, ulong memorySize, Func<string?>? machineOutput = null)
        : this(line, memorySize, machineOutput, s_patience) { }

    /// <param name="line">The line.</param>
    /// <param name="memorySize">Bytes of memory.</param>
    /// <param name="machineOutput">Gives what the machine said last.</param>
    /// <param name="patience">How long the agent may take to say hello, all in all.</param>
    internal RingZeroCpu(Stream line, ulong memorySize, Func<string?>? machineOutput, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (!line.CanTimeout)
            throw new ArgumentException(
                "The line must support timeouts: without them a machine that died would be waited for, for ever.",
                nameof(line)
            );
        _connection = new AgentConnection(line, machineOutput);
        var payload = _connection.Meet((int)patience.TotalMilliseconds);
        try
        {
            _hello = AgentHello.Read(payload);
        }
        catch (InvalidDataException mismatch)
        {
            throw _connection.Fail(mismatch.Message, mismatch);
        }
        if (memorySize < _hello.FreeMemory)
            throw new ArgumentOutOfRangeException(nameof(memorySize), memorySize, $"The agent itself takes 0x{_hello.FreeMemory:X} bytes.");
        FreeMemory = new PhysicalMemoryRange(_hello.FreeMemory, memorySize - _hello.FreeMemory);
        Memory = new RingZeroMemory(this, memorySize);
        Events = new RingZeroEvents(this);
    }

    /// <summary>
    /// For how long an answer is waited for: a minute unless set. A guest that runs longer without a VM exit needs more.
    /// </summary>
    public TimeSpan Timeout
    {
        get => TimeSpan.FromMilliseconds(_connection.Timeout);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
            _connection.Timeout = (int)value.TotalMilliseconds;
        }
    }

    /// <summary>Memory that the agent does not use and that holds no device: for VMXON and VMCS regions, tables and guests.</summary>
    public PhysicalMemoryRange FreeMemory { get; }

    /// <inheritdoc/>
    public IPhysicalMemory Memory { get; }

    /// <inheritdoc/>
    public HostEnvironment HostEnvironment => _hello.HostEnvironment;

    /// <summary>How many frames were exchanged with the agent: what time on this processor is made of.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>What keeps instructions from the machine that would end it; null where nothing does.</summary>
    internal IInstructionGuard? Guard { get; set; }

    /// <summary>How events reach the processor.</summary>
    internal RingZeroEvents Events { get; }

    internal int MaxRequest => _hello.MaxRequest;

    internal int MaxResults => _hello.MaxResults;

    /// <summary>A list of instructions to be executed together.</summary>
    public RingZeroBatch CreateBatch() => new(this);

    /// <inheritdoc/>
    public VmxCapabilities Capabilities => field ??= VmxCapabilities.Read(this);

    /// <inheritdoc/>
    public CpuidValues Cpuid(uint leaf, uint subleaf = 0)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Cpuid(leaf, subleaf)).Value;
    }

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        var batch = CreateBatch();
        var result = Execute(batch, batch.ReadMsr(index));
        value = result.ValueOrDefault;
        return result.Fault is null;
    }

    /// <inheritdoc/>
    public void TryReadMsrs(ReadOnlySpan<uint> indices, Span<ulong> values, Span<bool> exist)
    {
        var batch = CreateBatch();
        var results = new RingZeroResult<ulong>[indices.Length];
        for (var i = 0; i < indices.Length; i++)
            results[i] = batch.ReadMsr(indices[i]);
        batch.Execute();
        for (var i = 0; i < indices.Length; i++)
        {
            exist[i] = results[i].Fault is null;
            values[i] = results[i].ValueOrDefault;
        }
    }

    /// <inheritdoc/>
    public ulong ReadMsr(uint index)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.ReadMsr(index)).Value;
    }

    /// <inheritdoc/>
    public void WriteMsr(uint index, ulong value)
    {
        var batch = CreateBatch();
        Execute(batch, batch.WriteMsr(index, value)).ThrowIfFailed();
    }

    /// <inheritdoc/>
    public ulong ReadControlRegister(ControlRegister number)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.ReadControlRegister(number)).Value;
    }

    /// <inheritdoc/>
    public void WriteControlRegister(ControlRegister number, ulong value)
    {
        var batch = CreateBatch();
        Execute(batch, batch.WriteControlRegister(number, value)).ThrowIfFailed();
    }

    /// <inheritdoc/>
    public VmxResult Vmxon(ulong region)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmxon(region)).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmxoff()
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmxoff()).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmclear(ulong region)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmclear(region)).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmptrld(ulong region)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmptrld(region)).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmptrst(out ulong region)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmptrst(), out region);
    }

    /// <inheritdoc/>
    public VmxResult Vmread(VmcsField field, out ulong value)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmread(field), out value);
    }

    /// <inheritdoc/>
    public VmxResult Vmwrite(VmcsField field, ulong value)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmwrite(field, value)).Outcome;
    }

    /// <inheritdoc/>
    public void Vmread(ReadOnlySpan<VmcsField> fields, Span<ulong> values, Span<VmxResult> outcomes)
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        if (fields.IsEmpty)
            return;
        var batch = CreateBatch();
        if (RingZeroFields.AreShort(fields))
        {
            var all = Execute(batch, batch.VmreadFields(fields)).Value;
            all.Values.CopyTo(values);
            all.Outcomes.CopyTo(outcomes);
            return;
        }
        var results = new RingZeroResult<ulong>[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            results[i] = batch.Vmread(fields[i]);
        batch.Execute();
        for (var i = 0; i < fields.Length; i++)
        {
            outcomes[i] = results[i].Outcome;
            values[i] = results[i].ValueOrDefault;
        }
    }

    /// <inheritdoc/>
    public void Vmwrite(ReadOnlySpan<VmcsField> fields, ReadOnlySpan<ulong> values, Span<VmxResult> outcomes)
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        var batch = CreateBatch();
        var results = new RingZeroResult[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            results[i] = batch.Vmwrite(fields[i], values[i]);
        batch.Execute();
        for (var i = 0; i < fields.Length; i++)
            outcomes[i] = results[i].Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmlaunch(ref GeneralRegisters registers)
    {
        var batch = CreateBatch();
        return Enter(batch, batch.Vmlaunch(registers), ref registers);
    }

    /// <inheritdoc/>
    public VmxResult Vmresume(ref GeneralRegisters registers)
    {
        var batch = CreateBatch();
        return Enter(batch, batch.Vmresume(registers), ref registers);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// One round trip. With a token that can be cancelled it is one for every few milliseconds of the guest besides: VMRESUME cannot be
    /// taken back, so the VMX-preemption timer ends it time and again, which neither the guest nor the VMCS shows. A guest that waits for a
    /// SIPI is not ended by the timer, and so not cancelled (SDM 3C 26.5.1).
    /// </remarks>
    /// <exception cref="NotSupportedException">
    /// The token can be cancelled, and the processor has no VMX-preemption timer, or the VMCS has it for itself. The guest was not entered.
    /// </exception>
    public VmxResult Enter(
        ulong region,
        bool isLaunched,
        ref GeneralRegisters registers,
        ReadOnlySpan<VmcsField> fields,
        Span<ulong> values,
        Span<VmxResult> outcomes,
        CancellationToken cancellationToken = default
    )
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        if (!RingZeroFields.AreShort(fields))
            throw new ArgumentException("Encodings of fields have 16 bits.", nameof(fields));
        if (cancellationToken.CanBeCanceled)
            return RingZeroSlices.Enter(this, region, isLaunched, ref registers, fields, values, outcomes, cancellationToken);
        var batch = CreateBatch();
        var result = Execute(batch, batch.Enter(region, isLaunched, registers, fields));
        if (result.IsSuccess)
        {
            var exit = result.Value;
            registers = exit.Registers;
            exit.Values.CopyTo(values);
            exit.Outcomes.CopyTo(outcomes);
        }
        return result.Outcome;
    }

    /// <inheritdoc/>
    public void Cpuid(ReadOnlySpan<(uint Leaf, uint Subleaf)> leaves, Span<CpuidValues> values)
    {
        var batch = CreateBatch();
        var results = new RingZeroResult<CpuidValues>[leaves.Length];
        for (var i = 0; i < leaves.Length; i++)
            results[i] = batch.Cpuid(leaves[i].Leaf, leaves[i].Subleaf);
        batch.Execute();
        for (var i = 0; i < leaves.Length; i++)
            values[i] = results[i].Value;
    }

    /// <inheritdoc/>
    public VmxResult Invept(InveptType type, in InveptDescriptor descriptor)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Invept(type, descriptor)).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Invvpid(type, descriptor)).Outcome;
    }

    /// <inheritdoc/>
    public VmxResult Vmcall()
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Vmcall()).Outcome;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// An interrupt waits in the local APIC. What the processor cannot send to itself, an NMI, INIT or a SIPI, its second processor
    /// sends some thousand instructions after the next VM entry, one event an entry: it is lost if the guest has exited by then. No event
    /// can be sent while a guest runs.
    /// </remarks>
    /// <exception cref="NotSupportedException">
    /// The machine has no local APIC for the agent, or no second processor; or an event waits already for the next VM entry.
    /// </exception>
    public void Pend(VmxEvent pending) => Events.Pend(pending);

    /// <inheritdoc/>
    public bool TryAcknowledgeInterrupt(out byte vector) => Events.TryAcknowledge(out vector);

    /// <inheritdoc/>
    public VmxResult Execute(VmxInstructionForm form)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.Instruction(form)).Outcome;
    }

    /// <inheritdoc/>
    public ulong ReadDebugRegister(int number)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.ReadDebugRegister(number)).Value;
    }

    /// <inheritdoc/>
    public void WriteDebugRegister(int number, ulong value)
    {
        var batch = CreateBatch();
        Execute(batch, batch.WriteDebugRegister(number, value)).ThrowIfFailed();
    }

    /// <inheritdoc/>
    public ulong ReadXcr(uint index)
    {
        var batch = CreateBatch();
        return Execute(batch, batch.ReadXcr(index)).Value;
    }

    /// <inheritdoc/>
    public void WriteXcr(uint index, ulong value)
    {
        var batch = CreateBatch();
        Execute(batch, batch.WriteXcr(index, value)).ThrowIfFailed();
    }

    /// <summary>Sends instructions and hands out their results.</summary>
    internal void Exchange(ReadOnlySpan<RingZeroBatch.Entry> entries, int requestSize)
    {
        var request = new byte[requestSize];
        var length = 0;
        foreach (var entry in entries)
        {
            entry.Request.CopyTo(request, length);
            length += entry.Request.Length;
            Events.Note((AgentCommand)entry.Request[0]);
        }
        RoundTrips++;
        _connection.Send(AgentFrame.Request, request);
        var reader = new AgentReader(_connection.Receive(AgentFrame.Results));
        try
        {
            foreach (var entry in entries)
                entry.Result.Complete(ref reader);
        }
        catch (InvalidDataException mismatch)
        {
            throw _connection.Fail($"The ring-0 agent's answer makes no sense. {mismatch.Message}", mismatch);
        }
        if (reader.Remaining != 0)
            throw _connection.Fail($"The ring-0 agent's answer has {reader.Remaining} bytes too many.");
    }

    private static TResult Execute<TResult>(RingZeroBatch batch, TResult result)
        where TResult : RingZeroResult
    {
        batch.Execute();
        return result;
    }

    private static VmxResult Execute(RingZeroBatch batch, RingZeroResult<ulong> result, out ulong value)
    {
        batch.Execute();
        value = result.ValueOrDefault;
        return result.Outcome;
    }

    private static VmxResult Enter(RingZeroBatch batch, RingZeroResult<GeneralRegisters> result, ref GeneralRegisters registers)
    {
        batch.Execute();
        if (result.IsSuccess)
            registers = result.Value;
        return result.Outcome;
    }
}
