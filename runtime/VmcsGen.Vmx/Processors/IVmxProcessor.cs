using System;
using System.Threading;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx;

/// <summary>
/// A logical processor on which VMX instructions can be executed, with the rest of what a hypervisor needs of it. It runs in
/// 64-bit mode at CPL 0. One thread uses it at a time.
/// </summary>
/// <remarks>
/// Every instruction reports VMsucceed, VMfailInvalid and VMfailValid as its result and throws
/// <see cref="ProcessorFaultException"/> where a processor raises #UD or #GP (SDM 3C, "VMX Instruction Reference").
/// </remarks>
public interface IVmxProcessor : IMsrSource, ICpuidSource
{
    /// <summary>The memory that physical addresses given to instructions refer to.</summary>
    IPhysicalMemory Memory { get; }

    /// <summary>
    /// The VMX capabilities, as the capability MSRs tell them. They never change: where reading an MSR is a round trip, they are read once.
    /// </summary>
    /// <exception cref="NotSupportedException">The processor has no VMX, or does not show it.</exception>
    /// <exception cref="System.IO.InvalidDataException">The capability MSRs are not complete, or one contradicts itself.</exception>
    VmxCapabilities Capabilities => VmxCapabilities.Read(this);

    /// <summary>What the host-state area of a VMCS must hold for VM exits to come back to this processor's program.</summary>
    HostEnvironment HostEnvironment { get; }

    /// <summary>RDMSR.</summary>
    /// <param name="index">ECX.</param>
    /// <exception cref="ProcessorFaultException">#GP: there is no such MSR.</exception>
    ulong ReadMsr(uint index);

    /// <summary>WRMSR.</summary>
    /// <param name="index">ECX.</param>
    /// <param name="value">EDX:EAX.</param>
    /// <exception cref="ProcessorFaultException">#GP: there is no such MSR, or it does not take this value.</exception>
    void WriteMsr(uint index, ulong value);

    /// <summary>MOV from a control register.</summary>
    /// <param name="number">Which one.</param>
    ulong ReadControlRegister(ControlRegister number);

    /// <summary>MOV to a control register.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ProcessorFaultException">#GP: the register does not take this value, for example not in VMX operation.</exception>
    void WriteControlRegister(ControlRegister number, ulong value);

    /// <summary>VMXON: enters VMX operation.</summary>
    /// <param name="region">Physical address of the VMXON region.</param>
    /// <exception cref="ProcessorFaultException">
    /// #UD: CR4.VMXE is 0. #GP: CR0 or CR4 has a value that VMX operation does not support, or IA32_FEATURE_CONTROL does not
    /// allow VMXON.
    /// </exception>
    VmxResult Vmxon(ulong region);

    /// <summary>VMXOFF: leaves VMX operation.</summary>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmxoff();

    /// <summary>VMCLEAR: writes a VMCS back to its region and makes it inactive, not current and clear.</summary>
    /// <param name="region">Physical address of the VMCS region.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmclear(ulong region);

    /// <summary>VMPTRLD: makes a VMCS active and current.</summary>
    /// <param name="region">Physical address of the VMCS region.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmptrld(ulong region);

    /// <summary>VMPTRST: gives the current VMCS.</summary>
    /// <param name="region">Physical address of its region; all ones if there is none.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmptrst(out ulong region);

    /// <summary>VMREAD: reads a field of the current VMCS.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value, or zero on failure.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmread(VmcsField field, out ulong value);

    /// <summary>VMWRITE: writes a field of the current VMCS.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmwrite(VmcsField field, ulong value);

    /// <summary>
    /// VMREAD of several fields, in order, each with an outcome of its own. Where an instruction is a round trip they are one together.
    /// </summary>
    /// <param name="fields">The encodings.</param>
    /// <param name="values">Receives as many values, zero where reading fails.</param>
    /// <param name="outcomes">Receives as many outcomes.</param>
    /// <exception cref="ArgumentException">There is less room than fields.</exception>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    void Vmread(ReadOnlySpan<VmcsField> fields, Span<ulong> values, Span<VmxResult> outcomes)
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        for (var i = 0; i < fields.Length; i++)
            outcomes[i] = Vmread(fields[i], out values[i]);
    }

    /// <summary>
    /// VMWRITE of several fields, in order, each with an outcome of its own: one that fails does not keep the next from being written.
    /// </summary>
    /// <param name="fields">The encodings.</param>
    /// <param name="values">As many values.</param>
    /// <param name="outcomes">Receives as many outcomes.</param>
    /// <exception cref="ArgumentException">There are fewer values, or less room, than fields.</exception>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    void Vmwrite(ReadOnlySpan<VmcsField> fields, ReadOnlySpan<ulong> values, Span<VmxResult> outcomes)
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        for (var i = 0; i < fields.Length; i++)
            outcomes[i] = Vmwrite(fields[i], values[i]);
    }

    /// <summary>
    /// VMLAUNCH: enters the guest of the current VMCS, whose launch state is clear, and returns after the next VM exit. A VM entry
    /// that fails after the checks on controls and host state is a VM exit too, with <see cref="ExitReason.EntryFailure"/>.
    /// </summary>
    /// <param name="registers">The guest's registers, before and after.</param>
    /// <returns>VMsucceed after a VM exit; VMfail when there was no VM entry.</returns>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmlaunch(ref GeneralRegisters registers);

    /// <summary>VMRESUME: as VMLAUNCH, for a VMCS whose launch state is launched.</summary>
    /// <param name="registers">The guest's registers, before and after.</param>
    /// <returns>VMsucceed after a VM exit; VMfail when there was no VM entry.</returns>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmresume(ref GeneralRegisters registers);

    /// <summary>
    /// A turn of a guest: makes its VMCS current, enters it by VMLAUNCH or VMRESUME, and reads fields after the VM exit. Where an
    /// instruction is a round trip they are one together.
    /// </summary>
    /// <param name="region">Physical address of the VMCS region.</param>
    /// <param name="isLaunched">Whether its launch state is launched.</param>
    /// <param name="registers">The guest's registers, before and after.</param>
    /// <param name="fields">The fields to read after a VM exit.</param>
    /// <param name="values">Receives as many values, zero where reading fails.</param>
    /// <param name="outcomes">Receives as many outcomes.</param>
    /// <param name="cancellationToken">
    /// Ends the turn without a VM exit. One that is cancelled already does so too, before the guest's first instruction if no VM exit
    /// comes first.
    /// </param>
    /// <returns>VMsucceed after a VM exit; otherwise how VMPTRLD, VMLAUNCH or VMRESUME failed. Nothing was read then.</returns>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled, and the guest has been entered. It is between two instructions: its state is in the guest-state area and in
    /// <paramref name="registers"/>, the launch state is launched, and the host goes on as after a VM exit. The VM-exit information fields
    /// of the VMCS tell of no VM exit of the guest.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The token can be cancelled, and this processor cannot end a guest's turn; the message says what would help. The guest was not
    /// entered.
    /// </exception>
    /// <exception cref="ArgumentException">There is less room than fields.</exception>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Enter(
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
        if (cancellationToken.CanBeCanceled)
        {
            throw new NotSupportedException(
                $"{GetType().Name} cannot end a guest's turn: VMLAUNCH and VMRESUME return after a VM exit. Run the guest without a token that "
                    + "can be cancelled, with a control that makes it exit in time, such as the VMX-preemption timer."
            );
        }
        var result = Vmptrst(out var current);
        if (result.IsSuccess && current != region)
            result = Vmptrld(region);
        if (!result.IsSuccess)
            return result;
        result = isLaunched ? Vmresume(ref registers) : Vmlaunch(ref registers);
        if (result.IsSuccess)
            Vmread(fields, values, outcomes);
        return result;
    }

    /// <summary>INVEPT: drops cached translations of EPT.</summary>
    /// <param name="type">Which.</param>
    /// <param name="descriptor">The memory operand.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation, or the processor has no INVEPT.</exception>
    VmxResult Invept(InveptType type, in InveptDescriptor descriptor);

    /// <summary>INVVPID: drops cached translations of VPIDs.</summary>
    /// <param name="type">Which.</param>
    /// <param name="descriptor">The memory operand.</param>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation, or the processor has no INVVPID.</exception>
    VmxResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor);

    /// <summary>VMCALL: in VMX root operation it calls an SMM monitor, and fails with error 1 where there is none.</summary>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    VmxResult Vmcall();

    /// <summary>
    /// Lets an event reach the processor. The program itself takes none: it runs with interrupts off and NMIs blocked, and INIT signals
    /// are blocked in VMX root operation. So the event waits for the next guest that is entered and not blocking it: there it is a VM
    /// exit where the controls say so, and is delivered through the guest's IDT otherwise (SDM 3C 26.2 and 27.7). A SIPI is for a guest in
    /// the wait-for-SIPI state, and lost in any other.
    /// </summary>
    /// <param name="pending">The event.</param>
    /// <exception cref="InvalidOperationException">INIT, outside of VMX operation: it would reset the processor.</exception>
    /// <exception cref="NotSupportedException">This processor cannot be sent such an event; the message says what would help.</exception>
    void Pend(VmxEvent pending) => throw new NotSupportedException($"{GetType().Name} cannot be sent events, and so no {pending}.");

    /// <summary>
    /// Takes the pending interrupt of the highest priority out of the local APIC, as a program that enables interrupts does, and ends
    /// it. What a VM exit without acknowledge-interrupt-on-exit leaves pending goes away like this.
    /// </summary>
    /// <param name="vector">Its vector.</param>
    /// <returns>Whether one was pending, with a class above the task priority in CR8.</returns>
    /// <exception cref="NotSupportedException">This processor has no local APIC to ask.</exception>
    bool TryAcknowledgeInterrupt(out byte vector) => throw new NotSupportedException($"{GetType().Name} has no local APIC.");

    /// <summary>
    /// A VMX instruction with its memory operand at any linear address, or in another mode: for what the other methods cannot express,
    /// such as operands that fault. Linear addresses are those of the processor's program, by its CR3.
    /// </summary>
    /// <param name="form">The instruction.</param>
    /// <exception cref="ProcessorFaultException">
    /// #PF, #GP or #SS of the operand; #UD in compatibility mode, and outside of VMX operation; #GP at CPL 3.
    /// </exception>
    /// <exception cref="ArgumentException">No program has such an instruction, or there is another method for it.</exception>
    VmxResult Execute(VmxInstructionForm form) => throw new NotSupportedException($"{GetType().Name} cannot execute {form}.");

    /// <summary>MOV from a debug register.</summary>
    /// <param name="number">0 to 3, 6 or 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such debug register.</exception>
    ulong ReadDebugRegister(int number) => throw new NotSupportedException($"{GetType().Name} does not show its debug registers.");

    /// <summary>MOV to a debug register. A breakpoint that is enabled in DR7 counts for the processor's program as for any other.</summary>
    /// <param name="number">0 to 3, 6 or 7.</param>
    /// <param name="value">The value; bits that are fixed keep their values.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such debug register.</exception>
    /// <exception cref="ProcessorFaultException">#GP: bits 63:32 of DR6 or DR7 are not 0.</exception>
    void WriteDebugRegister(int number, ulong value) =>
        throw new NotSupportedException($"{GetType().Name} does not show its debug registers.");

    /// <summary>XGETBV.</summary>
    /// <param name="index">ECX; 0 for XCR0.</param>
    /// <exception cref="ProcessorFaultException">#UD: CR4.OSXSAVE is 0. #GP: there is no such register.</exception>
    ulong ReadXcr(uint index) => throw new NotSupportedException($"{GetType().Name} does not show XCR0.");

    /// <summary>XSETBV.</summary>
    /// <param name="index">ECX; 0 for XCR0.</param>
    /// <param name="value">EDX:EAX.</param>
    /// <exception cref="ProcessorFaultException">
    /// #UD: CR4.OSXSAVE is 0. #GP: there is no such register, or it does not take this value.
    /// </exception>
    void WriteXcr(uint index, ulong value) => throw new NotSupportedException($"{GetType().Name} does not show XCR0.");
}
