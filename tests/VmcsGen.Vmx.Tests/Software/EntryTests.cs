using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>VMLAUNCH and VMRESUME of a valid guest, which needs no memory because the executor does as told.</summary>
public sealed class EntryTests
{
    private readonly ScriptedExecutor _executor = new();
    private GeneralRegisters _registers;

    [Fact]
    public void Without_an_executor_a_valid_guest_is_refused_with_what_to_give_and_nothing_changes()
    {
        var machine = SoftwareMachine.Programmed(null);
        var before = Fields(machine);
        var failure = Assert.Throws<InvalidOperationException>(() => machine.Processor.Vmlaunch(ref _registers));
        Assert.Contains("IVmxGuestExecutor", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Fields(machine));
    }

    [Fact]
    public void What_the_executor_does_not_carry_over_is_named_and_nothing_changes()
    {
        var executor = new ScriptedExecutor { Unsupported = ["SecondaryProcessorBasedControls.EnablePml"] };
        var machine = SoftwareMachine.Programmed(executor);
        var before = Fields(machine);
        var failure = Assert.Throws<NotSupportedException>(() => machine.Processor.Vmlaunch(ref _registers));
        Assert.Contains("SecondaryProcessorBasedControls.EnablePml", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Fields(machine));
        Assert.Equal(0, executor.Runs);
    }

    [Fact]
    public void A_guest_that_the_executor_cannot_go_on_with_leaves_the_processor_as_it_was()
    {
        var machine = SoftwareMachine.Programmed(
            new ScriptedExecutor(static guest =>
            {
                guest.WriteMsr(0xC000_0102, 0x99);
                throw new NotSupportedException("a test wants it so");
            })
        );
        machine.Vmcs.Access.Write(VmcsField.GuestIa32SysenterEsp, 0x77);
        var before = Fields(machine);
        Assert.Throws<NotSupportedException>(() => machine.Processor.Vmlaunch(ref _registers));
        Assert.Equal(before, Fields(machine));
        Assert.Equal(0u, machine.Processor.ReadMsr(0xC000_0102));
        Assert.Equal(0u, machine.Processor.ReadMsr(0x175));
        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, machine.Processor.Vmresume(ref _registers).Error);
    }

    [Fact]
    public void The_launch_state_decides_between_VMLAUNCH_and_VMRESUME()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        var processor = machine.Processor;
        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, processor.Vmresume(ref _registers).Error);
        Assert.True(processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(VmInstructionError.VmlaunchNonClearVmcs, processor.Vmlaunch(ref _registers).Error);
        Assert.True(processor.Vmresume(ref _registers).IsSuccess);

        processor.Vmptrld(SoftwareMachine.OtherRegion).ThrowIfFailed("VMPTRLD");
        Assert.Equal(1u, machine.ReadDword(SoftwareMachine.Region + 8));
        processor.Vmclear(SoftwareMachine.Region).ThrowIfFailed("VMCLEAR");
        Assert.Equal(0u, machine.ReadDword(SoftwareMachine.Region + 8));
        processor.Vmptrld(SoftwareMachine.Region).ThrowIfFailed("VMPTRLD");
        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, processor.Vmresume(ref _registers).Error);
    }

    [Fact]
    public void Host_state_that_is_not_valid_fails_with_error_8()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        machine.Vmcs.Access.Write(VmcsField.HostTrSelector, 0);
        Assert.Equal(VmInstructionError.EntryInvalidHostStateFields, machine.Processor.Vmlaunch(ref _registers).Error);
        Assert.Equal(0, _executor.Runs);
    }

    [Theory]
    [InlineData(VmcsField.GuestRflags, 0, 0)]
    [InlineData(VmcsField.VmcsLinkPointer, 0, 4)]
    public void Guest_state_that_is_not_valid_is_a_VM_exit_and_leaves_the_VMCS_clear(VmcsField field, long value, long qualification)
    {
        var machine = SoftwareMachine.Programmed(_executor);
        machine.Vmcs.Access.Write(field, (ulong)value);
        machine.Vmcs.Access.Write(VmcsField.ExitInstructionLength, 7);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        var exit = VmExit.Read(machine.Vmcs);
        Assert.True(exit.IsEntryFailure);
        Assert.Equal(BasicExitReason.EntryFailureInvalidGuestState, exit.BasicReason);
        Assert.Equal((ulong)qualification, exit.Qualification);
        Assert.Equal(7u, exit.InstructionLength);
        Assert.Equal(0, _executor.Runs);

        Assert.Equal(VmInstructionError.VmresumeNonLaunchedVmcs, machine.Processor.Vmresume(ref _registers).Error);
    }

    [Fact]
    public void An_MSR_that_cannot_be_loaded_is_a_VM_exit_with_the_number_of_its_entry()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new(0xC000_0102, 1), new(0xC000_0103, 1UL << 32));
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 2);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        var exit = VmExit.Read(machine.Vmcs);
        Assert.Equal(BasicExitReason.EntryFailureMsrLoading, exit.BasicReason);
        Assert.True(exit.IsEntryFailure);
        Assert.Equal(2u, exit.EntryFailureMsr);
    }

    [Fact]
    public void An_MSR_that_the_processor_lacks_cannot_be_loaded()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new MsrAreaEntry(0x9999, 0));
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 1);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(1u, VmExit.Read(machine.Vmcs).EntryFailureMsr);
    }

    [Fact]
    public void MSRs_before_one_that_cannot_be_loaded_stay_loaded_and_the_host_state_is_loaded()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new(0xC000_0082, 0x1234), new(0xC000_0102, 1UL << 47), new(0xC000_0083, 0x5678));
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 3);
        machine.Vmcs.Access.Write(VmcsField.GuestIa32SysenterEsp, 0x77);
        machine.Vmcs.Access.Write(VmcsField.HostIa32SysenterEsp, 0x88);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(2u, VmExit.Read(machine.Vmcs).EntryFailureMsr);
        Assert.Equal(0x1234u, machine.Processor.ReadMsr(0xC000_0082));
        Assert.Equal(0u, machine.Processor.ReadMsr(0xC000_0102));
        Assert.Equal(0u, machine.Processor.ReadMsr(0xC000_0083));
        Assert.Equal(0x88u, machine.Processor.ReadMsr(0x175));
    }

    [Theory]
    [InlineData(0x500, true)]
    [InlineData(0x400, false)]
    public void LME_of_a_guest_with_paging_cannot_be_changed_by_loading_MSRs(long efer, bool isLoaded)
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new MsrAreaEntry(0xC000_0080, (ulong)efer));
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 1);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(!isLoaded, VmExit.Read(machine.Vmcs).IsEntryFailure);
    }

    [Fact]
    public void A_processor_can_load_MSRs_that_common_ones_do_not()
    {
        var plain = new SoftwareVmxProfile();
        foreach (var (notLoaded, isLoaded) in new[] { (plain.MsrsNotLoaded, false), (Array.Empty<uint>(), true) })
        {
            var profile = plain with
            {
                Msrs = new Dictionary<uint, ulong>(plain.Msrs) { [0x8B] = 0 },
                MsrsNotLoaded = notLoaded,
            };
            var machine = SoftwareMachine.Programmed(_executor, profile);
            WriteArea(machine, new MsrAreaEntry(0x8B, 5));
            machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
            machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 1);
            Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
            Assert.Equal(!isLoaded, VmExit.Read(machine.Vmcs).IsEntryFailure);
            Assert.Equal(isLoaded ? 5u : 0u, machine.Processor.ReadMsr(0x8B));
        }
    }

    [Fact]
    public void MSR_areas_without_entries_may_have_any_address()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        foreach (
            var address in (ReadOnlySpan<VmcsField>)
                [VmcsField.VmEntryMsrLoadAddress, VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrStoreAddress]
        )
            machine.Vmcs.Access.Write(address, ulong.MaxValue);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(BasicExitReason.Cpuid, machine.Vmcs.ExitReason.BasicReason);
    }

    [Theory]
    [InlineData(VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount, "0xFFFFFFFF")]
    [InlineData(VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount, "0xFFFFFFFF")]
    public void An_MSR_area_of_VM_exits_where_there_is_no_memory_reads_as_ones_and_is_a_VMX_abort(
        VmcsField address,
        VmcsField count,
        string msr
    )
    {
        var machine = SoftwareMachine.Programmed(_executor);
        machine.Vmcs.Access.Write(address, SoftwareMachine.MemorySize);
        machine.Vmcs.Access.Write(count, 1);
        var failure = Assert.Throws<InvalidOperationException>(() => machine.Processor.Vmlaunch(ref _registers));
        Assert.Contains(msr, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VM_exit_can_store_the_base_of_FS()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new MsrAreaEntry(0xC000_0100, 0));
        machine.Vmcs.Access.Write(VmcsField.VmExitMsrStoreAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmExitMsrStoreCount, 1);
        machine.Vmcs.Access.Write(VmcsField.GuestFsBase, 0x4321);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(0x4321u, machine.ReadDword(SoftwareMachine.MsrArea + 8));
    }

    [Fact]
    public void A_VM_exit_leaves_the_reserved_bits_of_CR0()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        var cr0 = machine.Processor.ReadControlRegister(ControlRegister.Cr0);
        machine.Vmcs.Access.Write(VmcsField.HostCr0, cr0 ^ (1UL << 6 | 1UL << 16));
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(cr0 ^ 1UL << 16, machine.Processor.ReadControlRegister(ControlRegister.Cr0));
    }

    [Theory]
    [InlineData(VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount, 4)]
    [InlineData(VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount, 1)]
    public void An_MSR_of_a_VM_exit_that_cannot_be_loaded_or_stored_is_a_VMX_abort(VmcsField address, VmcsField count, uint abort)
    {
        var machine = SoftwareMachine.Programmed(_executor);
        WriteArea(machine, new MsrAreaEntry(0x9999, 0));
        machine.Vmcs.Access.Write(address, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(count, 1);
        var failure = Assert.Throws<InvalidOperationException>(() => machine.Processor.Vmlaunch(ref _registers));
        Assert.Contains("0x9999", failure.Message, StringComparison.Ordinal);
        Assert.Equal(abort, machine.ReadDword(SoftwareMachine.Region + 4));
    }

    [Fact]
    public void A_VM_exit_loads_the_host_state_and_clears_the_injected_event()
    {
        var machine = SoftwareMachine.Programmed(_executor);
        var access = machine.Vmcs.Access;
        access.Write(VmcsField.HostCr3, 0x7000);
        access.Write(VmcsField.HostIa32SysenterEsp, 0x1234);
        access.Write(VmcsField.HostFsBase, 0x5678);
        access.Write(
            VmcsField.EntryInterruptionInformation,
            new EntryInterruptionInformation
            {
                Valid = true,
                Type = InterruptionType.ExternalInterrupt,
                Vector = 0x30,
            }.Value
        );
        access.Write(VmcsField.GuestRflags, 0x202);
        Assert.True(machine.Processor.Vmlaunch(ref _registers).IsSuccess);
        Assert.Equal(BasicExitReason.Cpuid, machine.Vmcs.ExitReason.BasicReason);
        Assert.Equal(0x7000u, machine.Processor.ReadControlRegister(ControlRegister.Cr3));
        Assert.Equal(0x1234u, machine.Processor.ReadMsr(0x175));
        Assert.Equal(0x5678u, machine.Processor.ReadMsr(0xC000_0100));
        Assert.Equal(0x500u, machine.Processor.ReadMsr(0xC000_0080));
        Assert.False(machine.Vmcs.EntryInterruptionInformation.Valid);
        Assert.Equal(0x30u, machine.Vmcs.EntryInterruptionInformation.Vector);
    }

    private static void WriteArea(SoftwareMachine machine, params ReadOnlySpan<MsrAreaEntry> entries) =>
        machine.Processor.Memory.Write(SoftwareMachine.MsrArea, MemoryMarshal.AsBytes(entries));

    private static string Fields(SoftwareMachine machine)
    {
        machine.Processor.Vmptrst(out var current);
        var text = $"{current:X} {machine.Processor.ReadMsr(0xC000_0080):X} {machine.Processor.ReadControlRegister(ControlRegister.Cr3):X}";
        foreach (ref readonly var info in VmcsFields.All)
        {
            if (machine.Processor.Vmread(info.Field, out var value).IsSuccess && info.Field != VmcsField.VmInstructionError)
                text += $" {value:X}";
        }
        return text;
    }
}
