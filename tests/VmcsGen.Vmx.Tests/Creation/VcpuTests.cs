using System;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>vCPUs of the builder on the software processor, with guests that do as told.</summary>
public sealed class VcpuTests
{
    public static TheoryData<string> Models =>
        [CreationRig.DefaultModel, "corei7_sandy_bridge_2600k", "corei7_haswell_4770", "corei7_skylake_x", "corei7_icelake_u", "tigerlake"];

    [Theory]
    [MemberData(nameof(Models))]
    public void All_three_modes_pass_the_checks_of_VM_entry(string model)
    {
        var executor = new ScriptedExecutor();
        var rig = new CreationRig(model, executor);
        foreach (
            var guest in (VmxGuestState[])
                [
                    VmxGuestState.LongMode(0x8000, 0xF000, 0x1000),
                    VmxGuestState.ProtectedMode(0x8000, 0xF000),
                    VmxGuestState.ProtectedMode(0x8000, 0xF000, cr3: 0x1000),
                    VmxGuestState.RealMode(0x800, 0, 0xF000),
                ]
        )
        {
            using var vcpu = rig.Builder(guest).Build();
            Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
            Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
        }
        Assert.Equal(8, executor.Runs);
    }

    [Theory]
    [InlineData("bx_generic")]
    [InlineData("core2_penryn_t9600")]
    [InlineData("corei5_lynnfield_750")]
    public void A_64_bit_guest_without_EPT_passes_on_processors_without_unrestricted_guests(string model)
    {
        var rig = new CreationRig(model, new ScriptedExecutor());
        using var vcpu = new VmxVcpuBuilder(rig.Processor, rig.Pages) { Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) }.Build();
        Assert.Null(vcpu.Ept);
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);

        var failure = Assert.Throws<VmxCreationException>(() =>
            new VmxVcpuBuilder(rig.Processor, rig.Pages) { Guest = VmxGuestState.RealMode(0, 0, 0) }.Build()
        );
        Assert.Contains("UnrestrictedGuest", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vCPU_that_is_disposed_of_leaves_everything_as_before()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        rig.Machine.AllowVmxon();
        var before = rig.State();
        var vcpu = rig.Builder().Build();
        Assert.NotEqual(before, rig.State());
        vcpu.Run();
        vcpu.Dispose();
        vcpu.Dispose();
        Assert.Equal(before, rig.State());
        Assert.Throws<ObjectDisposedException>(() => vcpu.Run());
    }

    [Fact]
    public void VMX_operation_lasts_until_the_last_vCPU_goes_in_any_order()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        rig.Machine.AllowVmxon();
        var before = rig.State();
        var first = rig.Builder().Build();
        var second = rig.Builder().Build();
        Assert.NotEqual(first.Vpid, second.Vpid);
        first.Dispose();
        Assert.True(rig.Processor.IsInVmxOperation);
        Assert.Equal(BasicExitReason.Cpuid, second.Run().BasicReason);
        second.Dispose();
        Assert.Equal(before, rig.State());
    }

    [Fact]
    public void vCPUs_take_turns_on_one_processor()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        using var first = rig.Builder().Build();
        using var second = rig.Builder(VmxGuestState.RealMode(0, 0x100, 0)).Build();
        for (var turn = 0; turn < 3; turn++)
        {
            first.Run();
            second.Run();
        }
        Assert.Equal(0x8000u, (ulong)first.Vmcs.GuestRip);
        Assert.Equal(0x100u, (ulong)second.Vmcs.GuestRip);
    }

    [Fact]
    public void The_VMCS_holds_what_was_asked_for()
    {
        var rig = new CreationRig("corei7_skylake_x");
        using var vcpu = rig.Builder().Build();
        var vmcs = vcpu.Vmcs;
        Assert.True(vcpu.Controls.SecondaryProcessorBased.EnablePml);
        Assert.Equal(vcpu.PmlAddress, vmcs.PmlAddress);
        Assert.Equal(PmlBuffer.EmptyIndex, vmcs.PmlIndex);
        Assert.Equal(vcpu.Ept!.EptPointer, vmcs.EptPointer);
        Assert.True(vmcs.EptPointer.EnableAccessedAndDirtyFlags);
        Assert.Equal(vcpu.Vpid, vmcs.VirtualProcessorIdentifier);
        Assert.Equal(vcpu.GuestMsrArea, vmcs.VmEntryMsrLoadAddress);
        Assert.Equal(2u, vmcs.VmExitMsrLoadCount);
        Assert.NotEqual(0u, vmcs.MsrBitmap);
        Assert.NotEqual(vmcs.IoBitmapA, vmcs.IoBitmapB);
        Assert.Equal(rig.Processor.HostEnvironment.Rip, (ulong)vmcs.HostRip);
        Assert.True(VmEntryChecker.Diagnose(rig.Processor).IsValid, VmEntryChecker.Diagnose(rig.Processor).ToString());
    }

    [Fact]
    public void MSRs_of_the_guest_are_loaded_and_stored_and_those_of_the_host_come_back()
    {
        const uint KernelGsBase = 0xC000_0102;
        var seen = 0ul;
        var rig = new CreationRig(
            executor: new ScriptedExecutor(guest =>
            {
                seen = guest.Msrs[KernelGsBase];
                guest.WriteMsr(KernelGsBase, seen + 1);
                return new VmExit
                {
                    Reason = new ExitReason { BasicReason = BasicExitReason.Hlt },
                    InstructionLength = 1,
                };
            })
        );
        rig.Processor.WriteMsr(KernelGsBase, 0xAAAA);
        using var vcpu = rig.Builder().Build();
        vcpu.Run();
        Assert.Equal(0x1234u, seen);
        Assert.Equal(0xAAAAu, rig.Processor.ReadMsr(KernelGsBase));
        vcpu.Run();
        Assert.Equal(0x1235u, seen);

        var bytes = new byte[4096];
        rig.Processor.Memory.Read(vcpu.GuestMsrArea!.Value, bytes);
        Assert.True(new MsrArea(bytes, 2).TryGet(KernelGsBase, out var stored));
        Assert.Equal(0x1236u, stored);
    }

    [Fact]
    public void Registers_go_in_and_come_out()
    {
        var rig = new CreationRig(
            executor: new ScriptedExecutor(static guest =>
            {
                guest.Registers = guest.Registers with { Rax = guest.Registers.Rax + guest.Registers.R15 };
                return new VmExit
                {
                    Reason = new ExitReason { BasicReason = BasicExitReason.Vmcall },
                    InstructionLength = 3,
                };
            })
        );
        using var vcpu = rig.Builder().Build();
        vcpu.Registers.Rax = 1;
        vcpu.Registers.R15 = 2;
        var exit = vcpu.Run();
        Assert.Equal(3u, vcpu.Registers.Rax);
        vcpu.SkipInstruction(exit);
        Assert.Equal(0x8003u, (ulong)vcpu.Vmcs.GuestRip);
    }

    [Fact]
    public void A_broken_rule_of_VM_entry_is_named()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        using var vcpu = rig.Builder().Build();
        vcpu.Vmcs.Access.Write(VmcsField.GuestRflags, 0);
        var failure = Assert.Throws<VmEntryException>(() => vcpu.Run());
        Assert.Equal(BasicExitReason.EntryFailureInvalidGuestState, failure.Outcome.ExitReason.BasicReason);
        Assert.Contains("GuestRflags", failure.Message, StringComparison.Ordinal);
        vcpu.Vmcs.Access.Write(VmcsField.GuestRflags, 2);
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }
}
