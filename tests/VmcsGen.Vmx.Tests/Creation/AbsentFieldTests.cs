using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>Processors that lack fields which their capability MSRs announce: hypervisors that offer VMX to their guests.</summary>
public sealed class AbsentFieldTests
{
    // What KVM's nested VMX lacks (Linux, arch/x86/kvm/vmx/vmcs12.c has no place for them).
    private static readonly VmcsField[] s_absentOnKvm = [VmcsField.ExecutiveVmcsPointer, VmcsField.GuestSmbase];

    public static TheoryData<string> Models => [CreationRig.DefaultModel, "corei7_sandy_bridge_2600k", "corei7_skylake_x", "tigerlake"];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_vCPU_is_created_on_KVMs_nested_VMX(string model)
    {
        var rig = new CreationRig(model, new ScriptedExecutor(), absent: s_absentOnKvm);

        using var vcpu = rig.Builder().Build();

        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
        foreach (var field in s_absentOnKvm)
        {
            Assert.False(rig.Processor.Has(field));
            Assert.True(vcpu.Capabilities.Supports(field));
        }
        Assert.True(rig.Processor.Has(VmcsField.GuestRip));
    }

    [Fact]
    public void Which_fields_there_are_cannot_be_asked_without_a_current_VMCS()
    {
        var machine = new Software.SoftwareMachine().EnterVmxOperation();

        Assert.True(Assert.Throws<VmxException>(() => machine.Processor.Has(VmcsField.GuestRip)).Result.IsFailInvalid);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Any_fields_may_be_absent_that_the_guest_leaves_at_0(string model)
    {
        VmcsField[] spare = [.. VmcsFields.All.ToArray().Select(static info => info.Field).Except(Needed(model))];
        Assert.InRange(spare.Length, 60, 250);
        var random = new Random(1);
        for (var round = 0; round < 100; round++)
        {
            // From all of them to hardly any.
            VmcsField[] absent = [.. spare.Where(_ => random.Next(100) >= round)];
            var rig = new CreationRig(model, new ScriptedExecutor(), absent: absent);
            rig.Machine.AllowVmxon();
            var before = rig.State();

            using (var vcpu = rig.Builder().Build())
            {
                Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
                Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
                Assert.True(VmEntryChecker.Diagnose(rig.Processor).IsValid);
            }

            Assert.Equal(before, rig.State());
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_field_that_is_needed_and_absent_is_named(string model)
    {
        foreach (var field in Needed(model).Where(static field => !field.IsReadOnly))
        {
            var rig = new CreationRig(model, absent: [field]);
            rig.Machine.AllowVmxon();
            var before = rig.State();

            var failure = Assert.Throws<VmxCreationException>(() => rig.Builder().Build());

            Assert.Contains(
                $"to {VmcsFields.NameOf(field)}, a field that this processor does not have",
                failure.Message,
                StringComparison.Ordinal
            );
            Assert.Equal(VmInstructionError.UnsupportedVmcsComponent, Assert.IsType<VmxException>(failure.InnerException).Result.Error);
            Assert.Equal(before, rig.State());
        }
    }

    // Those with another value than 0, and what tells of a VM exit at all.
    private static HashSet<VmcsField> Needed(string model)
    {
        var rig = new CreationRig(model);
        using var vcpu = rig.Builder().Build();
        return
        [
            VmcsField.ExitReason,
            .. VmcsSnapshot
                .Capture(vcpu.Vmcs)
                .Where(static value => value.Value != 0 && !value.Info.Field.IsReadOnly)
                .Select(static value => value.Info.Field),
        ];
    }
}
