using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Guests of the software processor, launched by the builder and run on KVM, with the VM exits that a processor gives.</summary>
public class NestedGuestTests
{
    public static TheoryData<NestedMode> Modes => [NestedMode.Real, NestedMode.Protected, NestedMode.SixtyFourBit];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Unconditional_exits_come_in_order_with_their_lengths(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(eax, 7);
                code.cpuid();
                code.add(eax, 1);
                code.vmcall();
                code.hlt();
            }
        );
        var cpuid = machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal(2u, cpuid.InstructionLength);
        Assert.Equal(7u, machine.Vcpu.Registers.Rax);
        Assert.Equal(NestedMachine.Code + (mode == NestedMode.Real ? 6u : 5u), (ulong)machine.Vcpu.Vmcs.GuestRip);
        machine.Vcpu.Registers.Rax = 41;
        machine.Vcpu.SkipInstruction(cpuid);

        Assert.Equal(3u, machine.RunPast(BasicExitReason.Vmcall).InstructionLength);
        Assert.Equal(42u, machine.Vcpu.Registers.Rax);
        Assert.Equal(1u, machine.RunTo(BasicExitReason.Hlt).InstructionLength);
        Assert.Equal(mode == NestedMode.SixtyFourBit, machine.Vcpu.Vmcs.VmEntryControls.Ia32eModeGuest);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void IO_exits_tell_port_size_direction_and_encoding(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(dx, 0x1234);
                code.@out(dx, ax);
                code.@in(al, 0x42);
                code.rep.outsb();
                code.hlt();
            },
            new VmxControlSet { PrimaryProcessorBased = new() { UnconditionalIoExiting = true } }
        );

        var outExit = machine.RunPast(BasicExitReason.IoInstruction).IoInstruction;
        Assert.Equal(
            (0x1234u, IoAccessSize.TwoBytes, IoDirection.Out, IoOperandEncoding.Dx),
            (outExit.Port, outExit.AccessSize, outExit.Direction, outExit.OperandEncoding)
        );
        var inExit = machine.RunPast(BasicExitReason.IoInstruction).IoInstruction;
        Assert.Equal(
            (0x42u, IoAccessSize.OneByte, IoDirection.In, IoOperandEncoding.Immediate),
            (inExit.Port, inExit.AccessSize, inExit.Direction, inExit.OperandEncoding)
        );
        machine.Vcpu.Registers.Rsi = NestedMachine.Data;
        var outs = machine.RunPast(BasicExitReason.IoInstruction);
        Assert.True(outs.IoInstruction.StringInstruction && outs.IoInstruction.RepPrefixed);
        Assert.Equal(NestedMachine.Data, outs.GuestLinearAddress);
        Assert.Equal(SegmentRegister.Ds, outs.InsOutsInstructionInformation.SegmentRegister);
        machine.RunTo(BasicExitReason.Hlt);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Accesses_to_ports_without_exit_read_ones(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(eax, 0);
                code.@in(eax, 0x42);
                code.@out(0x43, eax);
                code.cpuid();
            }
        );
        machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal(0xFFFF_FFFFu, machine.Vcpu.Registers.Rax);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void MSR_exits_name_the_MSR_in_RCX(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(ecx, 0x174);
                code.rdmsr();
                code.mov(ecx, unchecked((int)0xC0000080));
                code.wrmsr();
                code.hlt();
            }
        );
        Assert.Equal(2u, machine.RunPast(BasicExitReason.Rdmsr).InstructionLength);
        Assert.Equal(0x174u, machine.Vcpu.Registers.Rcx);
        var wrmsr = machine.RunPast(BasicExitReason.Wrmsr);
        Assert.False(wrmsr.Wrmsr.NonSerializing);
        Assert.Equal(0xC0000080u, machine.Vcpu.Registers.Rcx);
        machine.RunTo(BasicExitReason.Hlt);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void EPT_violations_tell_access_addresses_and_rights_and_the_access_is_done_once_the_page_is_there(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(ebx, 0x10);
                code.mov(eax, 0x1234_5678);
                code.mov(__dword_ptr.fs[ebx + 4], eax);
                code.mov(ecx, __dword_ptr.fs[ebx + 4]);
                code.hlt();
            }
        );
        var ept = machine.Vcpu.Ept!;
        ept.Unmap(machine.Window);
        var write = machine.RunTo(BasicExitReason.EptViolation);
        Assert.Equal(machine.Window + 0x14, write.GuestPhysicalAddress);
        Assert.Equal(machine.Window + 0x14, write.GuestLinearAddress);
        var qualification = write.EptViolation;
        Assert.True(
            qualification
                is { DataWrite: true, DataRead: false, InstructionFetch: false, Readable: false, Writable: false, Executable: false }
        );
        Assert.True(qualification is { GuestLinearAddressValid: true, TranslatedAddress: true });
        Assert.Equal(0x1234_5678u, machine.Vcpu.Registers.Rax);

        // Read-only memory: the write violates EPT again, with other rights.
        const ulong Page = NestedMachine.GuestStart - 0x1000;
        ept.Map(new EptMapping(machine.Window, Page, 0x1000, IsWritable: false));
        qualification = machine.RunTo(BasicExitReason.EptViolation).EptViolation;
        Assert.True(qualification is { DataWrite: true, Readable: true, Writable: false, Executable: true });

        ept.Map(new EptMapping(machine.Window, Page, 0x1000));
        machine.RunTo(BasicExitReason.Hlt);
        Assert.Equal(0x1234_5678u, machine.Memory.Read<uint>(Page + 0x14));
        Assert.Equal(0x1234_5678u, machine.Vcpu.Registers.Rcx);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_read_that_violates_EPT_changes_no_register(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(ecx, 0x77);
                code.mov(ecx, __dword_ptr.fs[0x20]);
                code.hlt();
            }
        );
        machine.Vcpu.Ept!.Unmap(machine.Window);
        var exit = machine.RunTo(BasicExitReason.EptViolation);
        Assert.True(exit.EptViolation is { DataRead: true, DataWrite: false });
        Assert.Equal(machine.Window + 0x20, exit.GuestPhysicalAddress);
        Assert.Equal(0x77u, machine.Vcpu.Registers.Rcx);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_fetch_that_violates_EPT_tells_where(NestedMode mode)
    {
        using var machine = new NestedMachine(mode, static code => code.jmp(0x9000));
        machine.Place(0x9000, static code => code.hlt());
        machine.Vcpu.Ept!.Map(new EptMapping(0x9000, NestedMachine.GuestStart + 0x9000, 0x1000, IsExecutable: false));
        var exit = machine.RunTo(BasicExitReason.EptViolation);
        Assert.Equal(0x9000u, exit.GuestPhysicalAddress);
        Assert.True(exit.EptViolation is { InstructionFetch: true, DataRead: false, Readable: true, Writable: true, Executable: false });
        machine.Vcpu.Ept!.Map(new EptMapping(0x9000, NestedMachine.GuestStart + 0x9000, 0x1000));
        machine.RunTo(BasicExitReason.Hlt);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_EPT_entry_with_an_address_bit_beyond_the_width_is_a_misconfiguration_until_it_is_mended(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.mov(ecx, __dword_ptr.fs[0x20]);
                code.hlt();
            }
        );
        const ulong Page = NestedMachine.GuestStart - 0x1000;
        var ept = machine.Vcpu.Ept!;
        ept.Map(new EptMapping(machine.Window, Page, 0x1000));
        machine.Memory.Write(Page + 0x20, 0x1234_5678u);
        var entry = EptLeaf.Find(machine.Processor.Memory, ept.EptPointer, machine.Window);
        var value = machine.Memory.Read<ulong>(entry);
        var width = (int)(machine.Processor.Cpuid(0x8000_0008).Eax & 0xFF);

        machine.Memory.Write(entry, value | 1UL << width);
        machine.Vcpu.InvalidateEpt();
        var exit = machine.RunTo(BasicExitReason.EptMisconfiguration);
        Assert.Equal(49u, exit.Reason.Value);
        Assert.Equal(machine.Window + 0x20, exit.GuestPhysicalAddress);
        Assert.NotEqual(0x1234_5678u, machine.Vcpu.Registers.Rcx);

        machine.Memory.Write(entry, value);
        machine.Vcpu.InvalidateEpt();
        machine.RunTo(BasicExitReason.Hlt);
        Assert.Equal(0x1234_5678u, machine.Vcpu.Registers.Rcx);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_interrupt_is_a_VM_exit_with_its_vector_if_it_is_acknowledged(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                var again = code.CreateLabel();
                code.Label(ref again);
                code.inc(__dword_ptr[(int)NestedMachine.Data]);
                code.jmp(again);
            },
            new VmxControlSet { PrimaryVmExit = new() { AcknowledgeInterruptOnExit = true } }
        );
        machine.Vcpu.Processor.Pend(VmxEvent.ExternalInterrupt(0x55));
        var exit = machine.RunTo(BasicExitReason.ExternalInterrupt);
        Assert.Equal((true, 0x55u), (exit.Interruption.Valid, exit.Interruption.Vector));
        Assert.Equal(NestedMachine.Code, (ulong)machine.Vcpu.Vmcs.GuestRip);

        // From another thread, once the guest runs.
        var interrupter = new Thread(() =>
        {
            SpinWait.SpinUntil(
                () => machine.Memory.Read<uint>(NestedMachine.GuestStart + NestedMachine.Data) != 0,
                TimeSpan.FromMinutes(2)
            );
            machine.Vcpu.Processor.Pend(VmxEvent.ExternalInterrupt(0x66));
        });
        interrupter.Start();
        Assert.Equal(0x66u, machine.RunTo(BasicExitReason.ExternalInterrupt).Interruption.Vector);
        interrupter.Join();
        Assert.NotEqual(0u, machine.Memory.Read<uint>(NestedMachine.GuestStart + NestedMachine.Data));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_interrupt_window_opens_behind_the_instruction_that_follows_STI(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.sti();
                code.nop();
                code.nop();
                code.hlt();
            },
            new VmxControlSet { PrimaryProcessorBased = new() { InterruptWindowExiting = true } }
        );

        machine.RunTo(BasicExitReason.InterruptWindow);
        Assert.Equal(NestedMachine.Code + 2, (ulong)machine.Vcpu.Vmcs.GuestRip);
    }

    // SDM 3C 26.3 and 27.6.1.1: injecting an NMI blocks virtual NMIs until IRET.
    [Fact]
    public void The_NMI_window_opens_behind_the_IRET_of_an_injected_NMI()
    {
        using var machine = new NestedMachine(
            NestedMode.Real,
            static code => code.hlt(),
            new VmxControlSet
            {
                PinBased = new() { NmiExiting = true, VirtualNmis = true },
                PrimaryProcessorBased = new() { NmiWindowExiting = true },
            }
        );
        const ushort Handler = 0x6000;
        machine.GuestBytes[2 * 4] = 0;
        machine.GuestBytes[(2 * 4) + 1] = Handler >> 8;
        machine.GuestBytes.Slice((2 * 4) + 2, 2).Clear();
        machine.GuestBytes[Handler] = 0x90;
        machine.GuestBytes[Handler + 1] = 0xCF;
        var vmcs = machine.Vcpu.Vmcs;
        vmcs.GuestIdtrLimit = 0x3FF;
        vmcs.EntryInterruptionInformation = new()
        {
            Valid = true,
            Type = InterruptionType.Nmi,
            Vector = 2,
        };

        var exit = machine.RunTo(BasicExitReason.NmiWindow);
        Assert.Equal(NestedMachine.Code, (ulong)vmcs.GuestRip);
        Assert.False(vmcs.GuestInterruptibilityState.BlockingByNmi);

        // An NMI that arrives while they are blocked exits all the same, and leaves them so.
        vmcs.GuestInterruptibilityState = new() { BlockingByNmi = true };
        machine.Vcpu.Processor.Pend(VmxEvent.Nmi);
        exit = machine.RunTo(BasicExitReason.ExceptionOrNmi);
        Assert.True(exit.IsNmi);
        Assert.True(vmcs.GuestInterruptibilityState.BlockingByNmi);
    }

    // SDM 3C 26.2: without the control that exits, an interrupt goes through the guest's own IDT.
    [Fact]
    public void An_interrupt_without_external_interrupt_exiting_reaches_the_guests_handler_once_it_may()
    {
        using var machine = new NestedMachine(
            NestedMode.Real,
            static code =>
            {
                code.sti();
                code.nop();
                code.vmcall();
            }
        );
        const ushort Handler = 0x6000;
        machine.GuestBytes[0x40 * 4] = 0;
        machine.GuestBytes[(0x40 * 4) + 1] = Handler >> 8;
        machine.GuestBytes.Slice((0x40 * 4) + 2, 2).Clear();
        machine.GuestBytes[Handler] = 0xF4;
        var vmcs = machine.Vcpu.Vmcs;
        vmcs.PinBasedControls = vmcs.PinBasedControls with { ExternalInterruptExiting = false };
        machine.Vcpu.Processor.Pend(VmxEvent.ExternalInterrupt(0x40));

        machine.RunTo(BasicExitReason.Hlt);
        Assert.Equal((ulong)Handler, (ulong)vmcs.GuestRip);
        Assert.False(machine.Processor.TryAcknowledgeInterrupt(out _));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_monitor_trap_flag_exits_after_each_instruction(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                code.nop();
                code.inc(eax);
                code.cpuid();
            },
            new VmxControlSet { PrimaryProcessorBased = new() { MonitorTrapFlag = true } }
        );
        machine.RunTo(BasicExitReason.MonitorTrapFlag);
        Assert.Equal(NestedMachine.Code + 1, (ulong)machine.Vcpu.Vmcs.GuestRip);
        machine.RunTo(BasicExitReason.MonitorTrapFlag);
        Assert.Equal(1u, machine.Vcpu.Registers.Rax);
        machine.RunTo(BasicExitReason.Cpuid);
    }

    [Fact]
    public void A_guest_with_32_bit_paging_runs_or_is_refused_by_name()
    {
        using var machine = new NestedMachine(
            NestedMode.ProtectedPaging,
            static code =>
            {
                code.mov(eax, __dword_ptr.fs[0x30]);
                code.cpuid();
            }
        );
        if (!machine.Executor.Supports32BitPaging)
        {
            var refused = Assert.Throws<NotSupportedException>(() => machine.Vcpu.Run());
            Assert.Contains("32-bit paging", refused.Message, StringComparison.Ordinal);
            return;
        }
        var exit = machine.RunTo(BasicExitReason.EptViolation);
        Assert.Equal(machine.Window + 0x30, exit.GuestLinearAddress);
        machine.Vcpu.Ept!.Map(new EptMapping(machine.Window, NestedMachine.GuestStart - 0x1000, 0x1000));
        machine.RunTo(BasicExitReason.Cpuid);
    }

    [Fact]
    public void A_triple_fault_is_a_VM_exit()
    {
        using var machine = new NestedMachine(NestedMode.SixtyFourBit, static code => code.ud2());
        machine.RunTo(BasicExitReason.TripleFault);
    }

    [Fact]
    public void INT3_is_a_VM_exit_if_the_exception_bitmap_says_so()
    {
        using var machine = new NestedMachine(NestedMode.SixtyFourBit, static code => code.int3());
        machine.Vcpu.Vmcs.Access.Write(VmcsField.ExceptionBitmap, 1 << 3);
        var exit = machine.RunTo(BasicExitReason.ExceptionOrNmi);
        Assert.True(exit.IsException(3));
        Assert.Equal(1u, exit.InstructionLength);
    }

    [Fact]
    public void What_is_not_carried_over_is_refused_by_name_before_the_guest_runs()
    {
        using var machine = new NestedMachine(NestedMode.SixtyFourBit, static code => code.hlt());
        machine.Vcpu.Vmcs.Access.Write(VmcsField.ExceptionBitmap, 1 << 14);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.GuestRflags, 0x102);
        var refused = Assert.Throws<NotSupportedException>(() => machine.Vcpu.Run());
        Assert.Contains("ExceptionBitmap = 0x4000", refused.Message, StringComparison.Ordinal);
        Assert.Contains("GuestRflags.TF", refused.Message, StringComparison.Ordinal);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.ExceptionBitmap, 0);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.GuestRflags, 2);
        machine.RunTo(BasicExitReason.Hlt);
    }
}
