using System;
using System.Buffers.Binary;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Guests at CPL 3: they run, or are refused by name where this host's KVM cannot step them.</summary>
public class UserModeGuestTests
{
    [Fact]
    public void CPUID_and_VMCALL_exit_at_CPL_3_too()
    {
        using var machine = Create(static code =>
        {
            code.mov(eax, 1);
            code.inc(rax);
            code.cpuid();
            code.vmcall();
        });
        if (IsRefused(machine))
            return;
        machine.RunPast(BasicExitReason.Cpuid);
        Assert.Equal(2u, machine.Vcpu.Registers.Rax);
        machine.RunTo(BasicExitReason.Vmcall);
        Assert.Equal(3u, machine.Vcpu.Vmcs.GuestSsAccessRights.Dpl);
    }

    [Fact]
    public void A_privileged_instruction_at_CPL_3_is_no_VM_exit()
    {
        // Without an IDT its #GP becomes a triple fault.
        using var machine = Create(static code => code.hlt());
        if (IsRefused(machine))
            return;
        machine.RunTo(BasicExitReason.TripleFault);
    }

    [Fact]
    public void A_port_that_IOPL_allows_exits()
    {
        using var machine = Create(
            static code => code.@out(0x42, al),
            new VmxControlSet { PrimaryProcessorBased = new() { UnconditionalIoExiting = true } }
        );
        if (IsRefused(machine))
            return;
        machine.Vcpu.Vmcs.Access.Write(VmcsField.GuestRflags, 0x3002);
        Assert.Equal(0x42u, machine.RunTo(BasicExitReason.IoInstruction).IoInstruction.Port);
    }

    [Fact]
    public void An_EPT_violation_at_CPL_3_tells_its_addresses()
    {
        using var machine = Create(static code => code.mov(__dword_ptr.fs[0x24], eax));
        if (IsRefused(machine))
            return;
        var exit = machine.RunTo(BasicExitReason.EptViolation);
        Assert.Equal((machine.Window + 0x24, machine.Window + 0x24), (exit.GuestPhysicalAddress, exit.GuestLinearAddress));
        Assert.True(exit.EptViolation.DataWrite);
        Assert.Equal(NestedMachine.Code, (ulong)machine.Vcpu.Vmcs.GuestRip);
    }

    private static bool IsRefused(NestedMachine machine)
    {
        if (machine.Executor.SupportsUserMode)
            return false;
        var refused = Assert.Throws<NotSupportedException>(() => machine.Vcpu.Run());
        Assert.Contains("CPL 3", refused.Message, StringComparison.Ordinal);
        return true;
    }

    private static NestedMachine Create(Action<Iced.Intel.Assembler> write, VmxControlSet required = default)
    {
        var machine = new NestedMachine(NestedMode.SixtyFourBit, write, required);
        var guest = machine.GuestBytes;
        // The user may use every page.
        foreach (var entry in (int[])[0x1000, 0x2000, 0x2008, 0x3000, 0x4000])
            BinaryPrimitives.WriteUInt64LittleEndian(guest[entry..], BinaryPrimitives.ReadUInt64LittleEndian(guest[entry..]) | 4);
        var access = machine.Vcpu.Vmcs.Access;
        const ulong Dpl3 = 3 << 5;
        access.Write(VmcsField.GuestCsSelector, 0x33);
        access.Write(VmcsField.GuestCsAccessRights, access.Read(VmcsField.GuestCsAccessRights) | Dpl3);
        foreach (
            var segment in (VmcsField[])
                [
                    VmcsField.GuestSsSelector,
                    VmcsField.GuestDsSelector,
                    VmcsField.GuestEsSelector,
                    VmcsField.GuestFsSelector,
                    VmcsField.GuestGsSelector,
                ]
        )
        {
            var rights = VmcsField.GuestEsAccessRights + (segment - VmcsField.GuestEsSelector);
            access.Write(segment, 0x2B);
            access.Write(rights, access.Read(rights) | Dpl3);
        }
        using var host = TestHost.Open();
        access.Write(VmcsField.GuestCr4, access.Read(VmcsField.GuestCr4) | ProcessorState.LongModeCr4For(host));
        return machine;
    }
}
