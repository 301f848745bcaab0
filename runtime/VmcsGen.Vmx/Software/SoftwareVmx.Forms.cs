using System;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

// Instructions with their memory operands, and in other modes (SDM 3C 31.3: the order of the checks).
public sealed partial class SoftwareVmx
{
    /// <inheritdoc/>
    public VmxResult Execute(VmxInstructionForm form)
    {
        form.Check();
        var operation = form.ToString();
        if (form.Mode == VmxInstructionMode.Compatibility)
            RaiseUndefined(operation, "IA32_EFER.LMA is 1 and CS.L is 0");
        if (form.Mode == VmxInstructionMode.BehindMovSs)
            return EnterBehindMovSs(form.Instruction);
        if (form.Instruction != VmxInstruction.Vmxon)
            RequireVmxOperation(operation);
        else if ((_cr4 & Cr4Vmxe) == 0)
            RaiseUndefined(operation, "CR4.VMXE is 0");
        if (form.Mode == VmxInstructionMode.User)
            RaiseProtection(operation, "the CPL is 3");
        return ExecuteWithOperand(form, new LinearOperand(this, operation, form.Operand, form.IsInStackSegment));
    }

    private VmxResult ExecuteWithOperand(in VmxInstructionForm form, LinearOperand operand)
    {
        switch (form.Instruction)
        {
            case VmxInstruction.Vmxon:
                return Vmxon(operand.Read<ulong>());
            case VmxInstruction.Vmclear:
                return Vmclear(operand.Read<ulong>());
            case VmxInstruction.Vmptrld:
                return Vmptrld(operand.Read<ulong>());
            case VmxInstruction.Vmptrst:
                operand.Write(_current);
                return VmxResult.Success;
            case VmxInstruction.Vmread:
                var outcome = Vmread((VmcsField)(uint)form.Register, out var value);
                if (outcome.IsSuccess)
                    operand.Write(value);
                return outcome;
            case VmxInstruction.Vmwrite:
                return Vmwrite((VmcsField)(uint)form.Register, operand.Read<ulong>());
            case VmxInstruction.Invept:
                return Invept((InveptType)(uint)form.Register, operand.Read<InveptDescriptor>());
            default:
                return Invvpid((InvvpidType)(uint)form.Register, operand.Read<InvvpidDescriptor>());
        }
    }

    private VmxResult EnterBehindMovSs(VmxInstruction instruction)
    {
        IsBlockedByMovSs = true;
        GeneralRegisters registers = default;
        return instruction == VmxInstruction.Vmlaunch ? Vmlaunch(ref registers) : Vmresume(ref registers);
    }

    /// <summary>A memory operand of an instruction of the processor's program, by its paging structures.</summary>
    private readonly struct LinearOperand(SoftwareVmx processor, string operation, ulong address, bool isInStackSegment)
    {
        internal T Read<T>()
            where T : unmanaged
        {
            T value = default;
            var bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
            Transfer(bytes, isWrite: false);
            return value;
        }

        internal void Write(ulong value) => Transfer(MemoryMarshal.AsBytes(new Span<ulong>(ref value)), isWrite: true);

        // All of it is translated before anything is written.
        private void Transfer(Span<byte> bytes, bool isWrite)
        {
            var first = Translate(address, isWrite);
            var inPage = (int)Math.Min((ulong)bytes.Length, VmxPage.Size - (address % VmxPage.Size));
            var second = inPage < bytes.Length ? Translate(address + (ulong)inPage, isWrite) : 0;
            Transfer(first, bytes[..inPage], isWrite);
            Transfer(second, bytes[inPage..], isWrite);
        }

        private void Transfer(ulong physical, Span<byte> bytes, bool isWrite)
        {
            if (bytes.IsEmpty)
                return;
            try
            {
                if (isWrite)
                    processor.Memory.Write(physical, bytes);
                else
                    processor.Memory.Read(physical, bytes);
            }
            catch (ArgumentOutOfRangeException)
            {
                // Where there is no memory writes get lost and reads give all ones, as on a bus.
                if (!isWrite)
                    bytes.Fill(0xFF);
            }
        }

        private ulong Translate(ulong linear, bool isWrite)
        {
            if (!processor._msrs.IsCanonical(linear))
            {
                var vector = isInStackSegment ? ExceptionVector.StackSegmentFault : ExceptionVector.GeneralProtection;
                throw new ProcessorFaultException(operation, vector, 0, $"0x{linear:X} is not canonical");
            }
            var walk = new ProgramPaging(processor.Memory, processor._cr0, processor._cr3, processor._cr4, processor._physicalAddressWidth);
            if (walk.TryTranslate(linear, isWrite, out var physical, out var errorCode))
                return physical;
            processor._cr2 = linear;
            throw new ProcessorFaultException(operation, ExceptionVector.PageFault, errorCode, $"of 0x{linear:X}", linear);
        }
    }
}
