using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>
/// A VM entry that keeps all rules, and the VM exit after it, allocate nothing; one that fails leaves nothing behind for the next.
/// </summary>
public sealed class EntryAllocationTests
{
    private const int WarmUp = 100;

    // Those of SYSCALL, each of which VM entry and VM exit load, and VM exit stores.
    private static readonly MsrAreaEntry[] s_area = [new(0xC000_0081, 0x1234), new(0xC000_0082, 0x7000), new(0xC000_0102, 0x8000)];

    private readonly SoftwareMachine _machine = SoftwareMachine.Programmed(new ScriptedExecutor());
    private GeneralRegisters _registers;

    [Fact]
    public void A_round_of_VMRESUME_and_a_VM_exit_allocates_nothing()
    {
        Launch();
        Assert.Equal(0, Allocation.Of(Resume));
    }

    [Fact]
    public void VMLAUNCH_of_a_VMCS_that_was_cleared_allocates_nothing()
    {
        for (var i = 0; i < WarmUp; i++)
            LaunchAgain();
        Assert.Equal(0, Allocation.Of(LaunchAgain));
    }

    [Fact]
    public void Turns_of_two_vCPUs_allocate_nothing()
    {
        var pages = new PhysicalPageAllocator(_machine.Processor.Memory, new PhysicalMemoryRange(0x20_0000, 0x10_0000));
        using var first = new VmxVcpuBuilder(_machine.Processor, pages) { Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) }.Build();
        using var second = new VmxVcpuBuilder(_machine.Processor, pages) { Guest = VmxGuestState.LongMode(0x9000, 0xF000, 0x1000) }.Build();
        for (var i = 0; i < WarmUp; i++)
            RunBoth();
        Assert.Equal(0, Allocation.Of(RunBoth));

        void RunBoth()
        {
            var exit = first.Run();
            Assert.True(exit.BasicReason == BasicExitReason.Cpuid && second.Run().BasicReason == BasicExitReason.Cpuid);
            first.SkipInstruction(exit);
        }
    }

    [Fact]
    public void A_turn_with_a_token_that_can_be_cancelled_allocates_nothing()
    {
        var pages = new PhysicalPageAllocator(_machine.Processor.Memory, new PhysicalMemoryRange(0x20_0000, 0x10_0000));
        using var vcpu = new VmxVcpuBuilder(_machine.Processor, pages) { Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) }.Build();
        using var source = new CancellationTokenSource();
        for (var i = 0; i < WarmUp; i++)
            Run();
        Assert.Equal(0, Allocation.Of(Run));

        void Run() => Assert.True(vcpu.Run(source.Token).BasicReason == BasicExitReason.Cpuid);
    }

    [Fact]
    public void MSR_areas_allocate_nothing_either()
    {
        _machine.Processor.Memory.Write(SoftwareMachine.MsrArea, MemoryMarshal.AsBytes(s_area.AsSpan()));
        var access = _machine.Vmcs.Access;
        foreach (
            var (address, count) in new[]
            {
                (VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount),
                (VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount),
                (VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount),
            }
        )
        {
            access.Write(address, SoftwareMachine.MsrArea);
            access.Write(count, (ulong)s_area.Length);
        }
        Launch();
        Assert.Equal(0, Allocation.Of(Resume));
        Assert.Equal(0x7000u, _machine.Processor.ReadMsr(0xC000_0082));
    }

    [Fact]
    public void A_VM_entry_that_fails_among_others_is_reported_as_the_first_one_would_be()
    {
        var access = _machine.Vmcs.Access;
        access.Write(VmcsField.HostTrSelector, 0);
        access.Write(VmcsField.GuestRflags, 0);
        access.Write(VmcsField.Cr3TargetCount, 5);
        var first = VmEntryChecker.Diagnose(_machine.Processor);
        Assert.Equal(
            ["Cr3TargetCountSupported", "HostTrSelectorNotNull", "GuestRflagsFixedBit"],
            first.Violations.Select(static v => v.Rule.Name)
        );
        access.Write(VmcsField.HostTrSelector, 8);
        access.Write(VmcsField.GuestRflags, 2);
        access.Write(VmcsField.Cr3TargetCount, 0);
        Launch();

        access.Write(VmcsField.HostTrSelector, 0);
        access.Write(VmcsField.GuestRflags, 0);
        access.Write(VmcsField.Cr3TargetCount, 5);
        var failure = Assert.Throws<VmEntryException>(() => _machine.Processor.RunGuest(ref _registers, isLaunched: true));
        Assert.Equal(VmInstructionError.EntryInvalidControlFields, failure.Outcome.Result.Error);
        Assert.Equal(first.ToString(), failure.Diagnosis.ToString());

        // One rule less each time, and the one that the processor finds first is reported.
        access.Write(VmcsField.Cr3TargetCount, 0);
        Assert.Equal(VmInstructionError.EntryInvalidHostStateFields, _machine.Processor.Vmresume(ref _registers).Error);
        access.Write(VmcsField.HostTrSelector, 8);
        Assert.True(_machine.Processor.Vmresume(ref _registers).IsSuccess);
        Assert.Equal(BasicExitReason.EntryFailureInvalidGuestState, VmExit.Read(_machine.Vmcs).BasicReason);
        access.Write(VmcsField.GuestRflags, 2);
        Assert.Equal(BasicExitReason.Cpuid, _machine.Processor.RunGuest(ref _registers, isLaunched: true).BasicReason);
    }

    [Fact]
    public void A_VM_entry_sees_the_current_VMCS_and_the_MSRs_of_its_moment()
    {
        Launch();
        var before = _machine.Processor.EntryContext;
        Assert.Equal(SoftwareMachine.Region, before.CurrentVmcs);

        _machine.Processor.Vmptrld(SoftwareMachine.OtherRegion).ThrowIfFailed("VMPTRLD");
        _machine.Processor.WriteMsr(0xC000_0080, _machine.Processor.ReadMsr(0xC000_0080) ^ 1);

        var after = _machine.Processor.EntryContext;
        Assert.Equal((SoftwareMachine.OtherRegion, before.Ia32Efer ^ 1), (after.CurrentVmcs, after.Ia32Efer));
    }

    [Fact]
    public void What_the_profile_tells_is_asked_for_at_each_VM_entry()
    {
        var isInSmm = false;
        var profile = new SoftwareVmxProfile { EntryContext = own => own with { IsInSmm = isInSmm } };
        var processor = new SoftwareMachine(profile).LoadVmcs().Processor;
        Assert.False(processor.EntryContext.IsInSmm);

        isInSmm = true;
        Assert.True(processor.EntryContext.IsInSmm);
    }

    private void Launch()
    {
        _machine.Processor.RunGuest(ref _registers);
        for (var i = 0; i < WarmUp; i++)
            Resume();
    }

    private void LaunchAgain()
    {
        var processor = _machine.Processor;
        Assert.True(processor.Vmclear(SoftwareMachine.Region).IsSuccess);
        Assert.True(processor.Vmptrld(SoftwareMachine.Region).IsSuccess);
        Assert.True(processor.Vmlaunch(ref _registers).IsSuccess);
    }

    private void Resume() => Assert.True(_machine.Processor.Vmresume(ref _registers).IsSuccess);
}
