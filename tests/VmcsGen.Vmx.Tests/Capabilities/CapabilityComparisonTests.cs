using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests;

public class CapabilityComparisonTests
{
    [Theory]
    [MemberData(nameof(RecordedProcessor.Models), MemberType = typeof(RecordedProcessor))]
    public void A_processor_does_not_differ_from_itself(string model) =>
        Assert.Empty(RecordedProcessor.Capabilities(model).DifferencesFrom(RecordedProcessor.Capabilities(model)));

    [Fact]
    public void What_differs_between_Skylake_and_Tiger_Lake_is_named()
    {
        var differences = RecordedProcessor.Capabilities("corei7_skylake_x").DifferencesFrom(RecordedProcessor.Capabilities("tigerlake"));

        Assert.Equal(
            [
                "IA32_VMX_BASIC (480H), VmcsRevisionIdentifier: 0x2B here, 0x4 there",
                "IA32_VMX_BASIC (480H), ErrorCodeForAnyException: no here, yes there",
                "IA32_VMX_TRUE_PROCBASED_CTLS (48EH), MonitorTrapFlag: 0 here, 0 or 1 there",
                "IA32_VMX_TRUE_EXIT_CTLS (48FH), LoadCetState: 0 here, 0 or 1 there",
                "IA32_VMX_TRUE_ENTRY_CTLS (490H), LoadCetState: 0 here, 0 or 1 there",
                "CR4, bit 11: 0 here, 0 or 1 there",
                "CR4, bit 22: 0 here, 0 or 1 there",
                "CR4, bit 23: 0 here, 0 or 1 there",
                "IA32_VMX_PROCBASED_CTLS2 (48BH), SubPageWritePermissionsForEpt: 0 here, 0 or 1 there",
                "IA32_VMX_EPT_VPID_CAP (48CH), SupervisorShadowStack: no here, yes there",
            ],
            differences.Select(static difference => difference.ToString())
        );
    }

    [Fact]
    public void A_difference_reads_the_same_from_the_other_side()
    {
        var skylake = RecordedProcessor.Capabilities("corei7_skylake_x");
        var penryn = RecordedProcessor.Capabilities("core2_penryn_t9600");

        var there = penryn.DifferencesFrom(skylake);

        Assert.Equal(
            skylake
                .DifferencesFrom(penryn)
                .Select(static difference => (difference.Register, difference.Name, difference.There, difference.Here)),
            there.Select(static difference => (difference.Register, difference.Name, difference.Here, difference.There))
        );
        Assert.Contains(there, static difference => difference is { Name: "EnableEpt", Here: "0", There: "0 or 1" });
    }

    [Fact]
    public void A_reserved_bit_that_differs_is_told_by_its_number()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs[VmxMsr.Ia32VmxTruePinbasedCtls] |= (1UL << (32 + 20)) | (1UL << 20);
        msrs[VmxMsr.Ia32VmxMisc] |= 1UL << 13;

        var differences = RecordedProcessor.Capabilities("corei7_skylake_x").DifferencesFrom(VmxCapabilities.Read(msrs));

        Assert.Equal(
            ["IA32_VMX_TRUE_PINBASED_CTLS (48DH), bit 20: 0 here, 1 there", "IA32_VMX_MISC (485H), reserved bits: 0x0 here, 0x2000 there"],
            differences.Select(static difference => difference.ToString())
        );
    }
}
