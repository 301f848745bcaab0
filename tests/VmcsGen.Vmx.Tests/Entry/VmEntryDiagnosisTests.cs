using System;
using System.Linq;
using VmcsGen.Vmx.Entry;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>VMLAUNCH and VMRESUME that say why they fail.</summary>
public class VmEntryDiagnosisTests
{
    private readonly EntryScene _scene = EntryCase.Long();

    [Fact]
    public void A_processor_is_asked_for_what_VM_entry_depends_on()
    {
        var context = VmEntryContext.Of(Processor(VmEntryOutcome.Success));

        Assert.Equal((39, 48), (context.PhysicalAddressWidth, context.LinearAddressWidth));
        Assert.Equal(EntryScene.CurrentVmcs, context.CurrentVmcs);
        Assert.Equal(0x500ul, context.Ia32Efer);
        Assert.Equal(0xD01ul, context.Ia32EferBits);
        // Without IA32_PERF_CAPABILITIES bit 48 is reserved.
        Assert.Equal(0x7_0000_00FFul, context.Ia32PerfGlobalCtrlBits);
        Assert.True(
            context is { SupportsRtm: true, SupportsSgx: true, SupportsBusLockDetection: true, SupportsLinearAddressMasking: false }
        );
        Assert.Same(_scene.Memory, context.Memory);
    }

    [Fact]
    public void A_launch_that_succeeds_gives_the_VM_exit()
    {
        var registers = new GeneralRegisters();
        Assert.Equal(BasicExitReason.Hlt, Processor(VmEntryOutcome.Success).Launch(ref registers).Reason.BasicReason);
    }

    [Theory]
    [InlineData(VmInstructionError.EntryInvalidControlFields, VmcsField.Cr3TargetCount, 5, "Cr3TargetCountSupported")]
    [InlineData(VmInstructionError.EntryInvalidHostStateFields, VmcsField.HostTrSelector, 0, "HostTrSelectorNotNull")]
    public void A_launch_that_fails_with_an_error_names_the_rule(VmInstructionError error, VmcsField field, ulong value, string rule)
    {
        _scene[field] = value;

        var failure = Assert.Throws<VmEntryException>(() => Launch(VmEntryOutcome.Fail(error)));

        Assert.Equal(VmxResult.FailValid(error), failure.Result);
        Assert.Equal(VmEntryOutcome.Fail(error), failure.Outcome);
        Assert.Equal([rule], failure.Diagnosis.Violations.Select(static v => v.Rule.Name));
        Assert.Contains(rule, failure.Message, StringComparison.Ordinal);
        Assert.StartsWith($"VMLAUNCH failed: VMfailValid({(uint)error}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resume_that_ends_in_a_failed_entry_names_the_rule()
    {
        var outcome = VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, 4);
        _scene[VmcsField.VmcsLinkPointer] = 0;

        var failure = Assert.Throws<VmEntryException>(() => Resume(outcome));

        Assert.Equal(outcome, failure.Outcome);
        Assert.Equal(outcome, failure.Diagnosis.Outcome);
        Assert.StartsWith(
            "VMRESUME failed: exit reason 33 (EntryFailureInvalidGuestState), qualification 4. ",
            failure.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_failure_that_no_rule_explains_says_so()
    {
        var failure = Assert.Throws<VmEntryException>(() => Launch(VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields)));

        Assert.True(failure.Diagnosis.IsValid);
        Assert.Contains("None of the ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_that_the_VMCS_is_not_the_cause_of_is_not_diagnosed()
    {
        var failure = Assert.Throws<VmxException>(() => Launch(VmEntryOutcome.Fail(VmInstructionError.VmlaunchNonClearVmcs)));

        Assert.Equal(VmInstructionError.VmlaunchNonClearVmcs, failure.Result.Error);
    }

    private void Launch(VmEntryOutcome outcome)
    {
        var registers = new GeneralRegisters();
        Processor(outcome).Launch(ref registers);
    }

    private void Resume(VmEntryOutcome outcome)
    {
        var registers = new GeneralRegisters();
        Processor(outcome).Resume(ref registers);
    }

    private ScriptedProcessor Processor(VmEntryOutcome outcome) => new(_scene, FullProcessor.Msrs, outcome);
}
