using System;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>What controls, bitmaps, masks and shadows change for a guest.</summary>
public class NestedControls
{
    private static VmxControlSet Primary(PrimaryProcessorBasedControls controls) => new() { PrimaryProcessorBased = controls };

    [Fact]
    public void MSR_bitmaps_let_the_guest_have_the_MSRs_of_the_processor()
    {
        const uint KernelGsBase = 0xC000_0102;
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.mov(ecx, unchecked((int)KernelGsBase));
                code.mov(eax, 0x55);
                code.mov(edx, 0x1);
                code.wrmsr();
                code.mov(eax, 0);
                code.rdmsr();
                code.cpuid();
                code.mov(ecx, 0x174);
                code.rdmsr();
            },
            Primary(new() { UseMsrBitmaps = true })
        );
        var page = new byte[4096];
        new MsrBitmap(page).Intercept(0x174);
        var address = machine.Allocator.Allocate();
        machine.Processor.Memory.Write(address, page);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.MsrBitmap, address);

        machine.RunPast(BasicExitReason.Cpuid);
        Assert.Equal((0x55u, 1u), (machine.Vcpu.Registers.Rax, machine.Vcpu.Registers.Rdx));
        Assert.Equal(0x1_0000_0055u, machine.Processor.ReadMsr(KernelGsBase));
        machine.RunTo(BasicExitReason.Rdmsr);
    }

    [Fact]
    public void IO_bitmaps_choose_the_ports()
    {
        using var machine = new NestedMachine(
            NestedMode.Protected,
            static code =>
            {
                code.@out(0x42, al);
                code.@out(0x43, al);
            },
            Primary(new() { UseIoBitmaps = true })
        );
        var bitmapA = new byte[4096];
        new IoBitmaps(bitmapA, new byte[4096]).Intercept(0x43);
        var (a, b) = (machine.Allocator.Allocate(), machine.Allocator.Allocate());
        machine.Processor.Memory.Write(a, bitmapA);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.IoBitmapA, a);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.IoBitmapB, b);
        Assert.Equal(0x43u, machine.RunTo(BasicExitReason.IoInstruction).IoInstruction.Port);
    }

    [Fact]
    public void Masks_and_shadows_decide_what_the_guest_sees_and_changes_of_CR0_and_CR4()
    {
        const ulong Ts = 8,
            Mp = 2,
            Vmxe = 1 << 13;
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.mov(rax, cr4);
                code.mov(rbx, cr0);
                code.or(rbx, (int)Mp);
                code.mov(cr0, rbx);
                code.cpuid();
                code.or(rbx, (int)Ts);
                code.mov(cr0, rbx);
            }
        );
        var access = machine.Vcpu.Vmcs.Access;
        access.Write(VmcsField.Cr4GuestHostMask, Vmxe);
        access.Write(VmcsField.Cr4ReadShadow, 0);
        access.Write(VmcsField.Cr0GuestHostMask, Ts);
        access.Write(VmcsField.Cr0ReadShadow, 0);

        machine.RunPast(BasicExitReason.Cpuid);
        var vmcs = machine.Vcpu.Vmcs;
        Assert.Equal(0u, machine.Vcpu.Registers.Rax & Vmxe);
        Assert.NotEqual(0u, (ulong)vmcs.GuestCr4 & Vmxe);
        Assert.NotEqual(0u, (ulong)vmcs.GuestCr0 & Mp);

        var exit = machine.RunTo(BasicExitReason.CrAccess);
        Assert.Equal(
            (0u, CrAccessType.MovToCr, GeneralPurposeRegister.Rbx),
            (exit.CrAccess.ControlRegister, exit.CrAccess.AccessType, exit.CrAccess.GeneralPurposeRegister)
        );
        Assert.Equal(0u, (ulong)machine.Vcpu.Vmcs.GuestCr0 & Ts);
    }

    [Fact]
    public void CR3_CR8_and_debug_registers_exit_under_their_controls()
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.mov(r9, cr3);
                code.mov(cr3, r10);
                code.mov(cr8, rdx);
                code.mov(rsi, dr7);
                code.mov(dr2, rdi);
            },
            Primary(
                new()
                {
                    Cr3LoadExiting = true,
                    Cr3StoreExiting = true,
                    Cr8LoadExiting = true,
                    MovDrExiting = true,
                }
            )
        );
        Assert.Equal((3u, CrAccessType.MovFromCr, GeneralPurposeRegister.R9), Cr(machine));
        Assert.Equal((3u, CrAccessType.MovToCr, GeneralPurposeRegister.R10), Cr(machine));
        Assert.Equal((8u, CrAccessType.MovToCr, GeneralPurposeRegister.Rdx), Cr(machine));
        var from = machine.RunPast(BasicExitReason.MovDr).MovDr;
        Assert.Equal(
            (7u, DrAccessDirection.MovFromDr, GeneralPurposeRegister.Rsi),
            (from.DebugRegister, from.Direction, from.GeneralPurposeRegister)
        );
        var to = machine.RunPast(BasicExitReason.MovDr).MovDr;
        Assert.Equal(
            (2u, DrAccessDirection.MovToDr, GeneralPurposeRegister.Rdi),
            (to.DebugRegister, to.Direction, to.GeneralPurposeRegister)
        );

        static (uint, CrAccessType, GeneralPurposeRegister) Cr(NestedMachine machine)
        {
            var access = machine.RunPast(BasicExitReason.CrAccess).CrAccess;
            return (access.ControlRegister, access.AccessType, access.GeneralPurposeRegister);
        }
    }

    [Fact]
    public void VMX_instructions_of_the_guest_exit_with_their_operands()
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.vmptrld(__qword_ptr[rax + (rcx * 4) - 8]);
                code.vmread(rdx, r8);
                code.vmwrite(r9, __qword_ptr.fs[rsp + 0x20]);
                code.invept(rbx, __xmmword_ptr[r12]);
                code.vmlaunch();
                code.vmxoff();
            }
        );
        var vmptrld = machine.RunPast(BasicExitReason.Vmptrld);
        var operand = vmptrld.MemoryOperand;
        Assert.Equal(
            (SegmentRegister.Ds, GeneralPurposeRegister.Rax, GeneralPurposeRegister.Rcx, IndexScaling.By4, -8L),
            (operand.Segment, operand.Base, operand.Index, operand.Scaling, operand.Displacement)
        );
        var vmread = machine.RunPast(BasicExitReason.Vmread).VmreadVmwriteInstructionInformation;
        Assert.Equal(
            (true, GeneralPurposeRegister.Rdx, GeneralPurposeRegister.R8),
            (vmread.RegisterOperand, vmread.Register1, vmread.Register2)
        );
        var vmwrite = machine.RunPast(BasicExitReason.Vmwrite);
        Assert.Equal(GeneralPurposeRegister.R9, vmwrite.VmreadVmwriteInstructionInformation.Register2);
        Assert.Equal(
            (SegmentRegister.Fs, GeneralPurposeRegister.Rsp, 0x20L),
            (vmwrite.MemoryOperand.Segment, vmwrite.MemoryOperand.Base, vmwrite.MemoryOperand.Displacement)
        );
        var invept = machine.RunPast(BasicExitReason.Invept);
        Assert.Equal(GeneralPurposeRegister.Rbx, invept.InvalidationInstructionInformation.Register2);
        Assert.Equal(GeneralPurposeRegister.R12, invept.MemoryOperand.Base);
        machine.RunPast(BasicExitReason.Vmlaunch);
        machine.RunPast(BasicExitReason.Vmxoff);
    }

    [Fact]
    public void Descriptor_table_instructions_exit_under_their_control()
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.lgdt(__[rax + 0x10]);
                code.sidt(__[rbx]);
                code.str(ax);
                code.ltr(cx);
            },
            new VmxControlSet { SecondaryProcessorBased = new() { DescriptorTableExiting = true } }
        );
        var lgdt = machine.RunPast(BasicExitReason.GdtrIdtrAccess);
        Assert.Equal(GdtrIdtrInstruction.Lgdt, lgdt.GdtrIdtrInstructionInformation.Instruction);
        Assert.Equal(0x10, lgdt.MemoryOperand.Displacement);
        Assert.Equal(GdtrIdtrInstruction.Sidt, machine.RunPast(BasicExitReason.GdtrIdtrAccess).GdtrIdtrInstructionInformation.Instruction);
        var str = machine.RunPast(BasicExitReason.LdtrTrAccess).LdtrTrInstructionInformation;
        Assert.Equal((LdtrTrInstruction.Str, true, GeneralPurposeRegister.Rax), (str.Instruction, str.RegisterOperand, str.Register1));
        Assert.Equal(LdtrTrInstruction.Ltr, machine.RunPast(BasicExitReason.LdtrTrAccess).LdtrTrInstructionInformation.Instruction);
    }

    [Fact]
    public void Other_instructions_exit_under_their_controls()
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.rdtsc();
                code.rdtscp();
                code.rdpmc();
                code.pause();
                code.monitor();
                code.mwait();
                code.invlpg(__[rax + 0x3000]);
                code.wbinvd();
                code.invd();
                code.rdrand(r11);
                code.rdseed(ecx);
            },
            new VmxControlSet
            {
                PrimaryProcessorBased = new()
                {
                    RdtscExiting = true,
                    RdpmcExiting = true,
                    PauseExiting = true,
                    MonitorExiting = true,
                    MwaitExiting = true,
                    InvlpgExiting = true,
                },
                SecondaryProcessorBased = new()
                {
                    EnableRdtscp = true,
                    WbinvdExiting = true,
                    RdrandExiting = true,
                    RdseedExiting = true,
                },
            }
        );
        machine.RunPast(BasicExitReason.Rdtsc);
        machine.RunPast(BasicExitReason.Rdtscp);
        machine.RunPast(BasicExitReason.Rdpmc);
        Assert.Equal(2u, machine.RunPast(BasicExitReason.Pause).InstructionLength);
        machine.RunPast(BasicExitReason.Monitor);
        Assert.False(machine.RunPast(BasicExitReason.Mwait).Mwait.MonitorArmed);
        Assert.Equal(0x3000u, machine.RunPast(BasicExitReason.Invlpg).InvlpgAddress);
        machine.RunPast(BasicExitReason.Wbinvd);
        machine.RunPast(BasicExitReason.Invd);
        Assert.Equal(
            GeneralPurposeRegister.R11,
            machine.RunPast(BasicExitReason.Rdrand).RdrandRdseedInstructionInformation.OperandRegister
        );
        Assert.Equal(
            GeneralPurposeRegister.Rcx,
            machine.RunPast(BasicExitReason.Rdseed).RdrandRdseedInstructionInformation.OperandRegister
        );
    }

    [Fact]
    public void The_interrupt_window_opens_with_STI_and_the_instruction_after_it()
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            static code =>
            {
                code.nop();
                code.sti();
                code.nop();
                code.hlt();
            },
            Primary(new() { InterruptWindowExiting = true })
        );
        machine.RunTo(BasicExitReason.InterruptWindow);
        Assert.Equal(NestedMachine.Code + 3, (ulong)machine.Vcpu.Vmcs.GuestRip);
        Assert.Equal(0x200u, (ulong)machine.Vcpu.Vmcs.GuestRflags & 0x200);
    }

    [Fact]
    public void A_real_mode_guest_can_enter_protected_mode()
    {
        using var machine = new NestedMachine(
            NestedMode.Real,
            static code =>
            {
                code.mov(eax, cr0);
                code.or(al, 1);
                code.mov(cr0, eax);
                code.vmcall();
            }
        );
        machine.RunTo(BasicExitReason.Vmcall);
        Assert.Equal(1u, (ulong)machine.Vcpu.Vmcs.GuestCr0 & 1);
        Assert.Equal(1u, machine.Vcpu.Registers.Rax & 1);
    }

    [Fact]
    public void A_fixed_bit_that_the_guest_clears_is_a_general_protection_fault()
    {
        using var machine = new NestedMachine(
            NestedMode.Real,
            static code =>
            {
                code.mov(eax, cr0);
                code.and(eax, ~0x20);
                code.mov(cr0, eax); // NE
                code.hlt();
            }
        );
        // Vector 13 of real mode.
        machine.Memory.Write(NestedMachine.GuestStart + (13 * 4), 0x9000u);
        machine.Place(0x9000, static code => code.vmcall());
        machine.RunTo(BasicExitReason.Vmcall);
        Assert.Equal(0x9000u, (ulong)machine.Vcpu.Vmcs.GuestRip);
        Assert.NotEqual(0u, (ulong)machine.Vcpu.Vmcs.GuestCr0 & 0x20);
    }
}
