using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Creation;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

public sealed class CreationTests
{
    // The one without a PML, and one with it.
    public static TheoryData<string> Models => [CreationRig.DefaultModel, "corei7_skylake_x"];

    [Fact]
    public void The_steps_are_named_and_in_order() =>
        Assert.Equal(
            [
                "Read the capabilities",
                "Fit the controls",
                "Allow VMXON",
                "Set the fixed bits of CR0 and CR4",
                "Enter VMX operation",
                "Allocate a VPID",
                "Clear a VMCS",
                "Make the VMCS current",
                "Write the controls",
                "Map memory by EPT",
                "Write the bitmaps",
                "Set up the page-modification log",
                "Set up the MSR areas",
                "Write the host state",
                "Write the guest state",
            ],
            VmxVcpuBuilder.Steps.Select(step => step.Name)
        );

    [Theory]
    [MemberData(nameof(Models))]
    public void Whatever_fails_everything_is_as_before(string model) =>
        FailEachOperation(() => new CreationRig(model), prepare: static rig => rig.Machine.AllowVmxon());

    [Theory]
    [MemberData(nameof(Models))]
    public void Whatever_fails_VMX_operation_that_was_on_stays_on_with_its_current_VMCS(string model) =>
        FailEachOperation(
            () => new CreationRig(model),
            prepare: static rig =>
            {
                rig.Machine.LoadVmcs();
                rig.Machine.Vmcs.Access.Write(VmcsField.GuestRip, 0x77);
            }
        );

    [Theory]
    [MemberData(nameof(Models))]
    public void Whatever_fails_another_vCPU_is_left_alone(string model) =>
        FailEachOperation(() => new CreationRig(model), prepare: static rig => rig.Builder().Build());

    [Fact]
    public void Every_step_that_executes_an_instruction_or_accesses_memory_was_seen_to_fail()
    {
        var failed = FailEachOperation(() => new CreationRig("corei7_skylake_x"), prepare: static rig => rig.Machine.AllowVmxon());
        Assert.Equal(VmxVcpuBuilder.Steps.Select(s => s.Name).Except(["Read the capabilities", "Fit the controls"]), failed);
    }

    [Fact]
    public void A_control_that_the_processor_lacks_fails_the_step_that_fits_controls_and_is_named()
    {
        var rig = new CreationRig();
        var failure = Assert.Throws<VmxCreationException>(() =>
            rig.Builder(required: new VmxControlSet { SecondaryProcessorBased = new() { EnablePml = true } }).Build()
        );
        Assert.Equal("Fit the controls", failure.Step.Name);
        Assert.Contains("SecondaryProcessorBasedControls.EnablePml", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.UndoFailure);
    }

    [Fact]
    public void Feature_control_that_is_locked_without_VMX_is_refused_with_what_to_do()
    {
        var rig = new CreationRig();
        rig.Processor.WriteMsr(0x3A, 1);
        var before = rig.State();
        var failure = Assert.Throws<VmxCreationException>(() => rig.Builder().Build());
        Assert.Equal("Allow VMXON", failure.Step.Name);
        Assert.Contains("firmware", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, rig.State());
    }

    [Fact]
    public void Too_few_pages_fail_the_creation_and_all_come_back()
    {
        var enough = new CreationRig();
        enough.Builder().Build();
        for (var pages = 0; pages < enough.Pages.AllocatedCount; pages++)
        {
            var rig = new CreationRig(pageBytes: (ulong)pages * 4096);
            rig.Machine.AllowVmxon();
            var before = rig.State();
            Assert.Throws<VmxCreationException>(() => rig.Builder().Build());
            Assert.Equal(before, rig.State());
        }
    }

    [Fact]
    public void What_cannot_be_undone_is_reported_and_the_rest_undone()
    {
        var rig = new CreationRig();
        rig.Machine.AllowVmxon();
        rig.Faulty.FailsVmxoff = true;
        var builder = new VmxVcpuBuilder(rig.Faulty, rig.Pages)
        {
            Guest = VmxGuestState.LongMode(0, 0, 0),
            GuestMsrs = new Dictionary<uint, ulong> { [0x9999] = 0 }, // there is no such MSR
        };
        var failure = Assert.Throws<VmxCreationException>(builder.Build);
        Assert.Equal("Set up the MSR areas", failure.Step.Name);
        Assert.IsType<ProcessorFaultException>(failure.InnerException);
        Assert.NotNull(failure.UndoFailure);
        Assert.Equal(0, rig.Pages.AllocatedCount);
    }

    /// <summary>Fails the first operation, then the second, until none is left; returns the steps that failed, in order.</summary>
    private static List<string> FailEachOperation(Func<CreationRig> create, Action<CreationRig> prepare)
    {
        var steps = new List<string>();
        for (var operation = 0; ; operation++)
        {
            var rig = create();
            prepare(rig);
            var before = rig.State();
            rig.Faulty.FailAfter(operation);
            try
            {
                rig.Builder().Build();
                Assert.Null(rig.Faulty.Failed);
                Assert.True(operation > 100, "Hardly anything was done.");
                return steps;
            }
            catch (VmxCreationException failure)
            {
                Assert.NotNull(rig.Faulty.Failed);
                Assert.Null(failure.UndoFailure);
                var after = rig.State();
                Assert.True(before == after, $"{rig.Faulty.Failed} failed at '{failure.Step.Name}':\nbefore {before}\nafter  {after}");
                if (steps.LastOrDefault() != failure.Step.Name)
                    steps.Add(failure.Step.Name);
            }
        }
    }
}
