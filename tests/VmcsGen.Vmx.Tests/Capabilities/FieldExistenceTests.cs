using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3D, appendix B: fields exist on processors that support the 1-setting of a control.
public class FieldExistenceTests
{
    [Theory]
    [MemberData(nameof(RecordedProcessor.Models), MemberType = typeof(RecordedProcessor))]
    public void The_capability_MSRs_predict_which_encodings_VMREAD_accepts(string model)
    {
        var processor = RecordedProcessor.Load(model);
        var capabilities = VmxCapabilities.Read(processor.Msrs);

        var predicted = Enumerable.Range(0, 0x8000).Select(static encoding => (VmcsField)encoding).Where(capabilities.Supports).ToHashSet();

        Assert.Equal("", Names(predicted.Except(processor.Fields)));
        Assert.Equal("", Names(processor.Fields.Except(predicted)));
    }

    [Theory]
    [InlineData("corei7_sandy_bridge_2600k", 158)]
    [InlineData("corei7_skylake_x", 187)]
    [InlineData("tigerlake", 195)]
    public void High_halves_count_among_the_encodings(string model, int expected)
    {
        var capabilities = RecordedProcessor.Capabilities(model);
        var count = 0;
        foreach (var info in VmcsFields.All)
        {
            if (capabilities.Supports(info.Field))
                count += info.Field.Width == VmcsFieldWidth.Bits64 ? 2 : 1;
        }

        Assert.Equal(expected, count);
    }

    [Fact]
    public void Malformed_and_unknown_encodings_are_not_supported()
    {
        var capabilities = RecordedProcessor.Capabilities("tigerlake");

        Assert.True(capabilities.Supports(VmcsField.EptPointer));
        Assert.True(capabilities.Supports(VmcsField.EptPointer.High));
        Assert.False(capabilities.Supports(VmcsField.GuestRip.High));
        Assert.False(capabilities.Supports((VmcsField)0x1_681E));
        Assert.False(capabilities.Supports((VmcsField)0x2FFE));
    }

    [Fact]
    public void A_field_with_several_controls_needs_one_of_them()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        // LoadIa32Pat of VM entry is bit 14, SaveIa32Pat of VM exit bit 18.
        msrs[VmxMsr.Ia32VmxTrueEntryCtls] &= ~(1UL << (32 + 14));
        Assert.True(VmxCapabilities.Read(msrs).Supports(VmcsField.GuestIa32Pat));

        msrs[VmxMsr.Ia32VmxTrueExitCtls] &= ~(1UL << (32 + 18));
        Assert.False(VmxCapabilities.Read(msrs).Supports(VmcsField.GuestIa32Pat));
    }

    [Fact]
    public void Fields_of_later_words_exist_with_their_MSRs()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        Assert.False(VmxCapabilities.Read(msrs).Supports(VmcsField.PidPointerTableAddress));

        // Bit 17 of the primary controls activates the tertiary ones, of which bit 4 is IPI virtualization.
        msrs[VmxMsr.Ia32VmxTrueProcbasedCtls] |= 1UL << (32 + 17);
        msrs[VmxMsr.Ia32VmxProcbasedCtls3] = 1 << 4;

        var capabilities = VmxCapabilities.Read(msrs);
        Assert.True(capabilities.Supports(VmcsField.PidPointerTableAddress));
        Assert.True(capabilities.Supports(VmcsField.TertiaryProcessorBasedControls));
        Assert.False(capabilities.Supports(VmcsField.HlatPointer));
    }

    [Fact]
    public void The_EPTP_list_needs_the_VM_function()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        Assert.True(VmxCapabilities.Read(msrs).Supports(VmcsField.EptpListAddress));

        msrs[VmxMsr.Ia32VmxVmfunc] = 0;
        Assert.False(VmxCapabilities.Read(msrs).Supports(VmcsField.EptpListAddress));
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(2u, 2)]
    [InlineData(4u, 4)]
    public void As_many_CR3_target_values_exist_as_MISC_counts(uint count, int expected)
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs[VmxMsr.Ia32VmxMisc] = (new VmxMisc(msrs[VmxMsr.Ia32VmxMisc]) with { Cr3TargetCount = count }).Value;
        var capabilities = VmxCapabilities.Read(msrs);

        VmcsField[] targets = [VmcsField.Cr3TargetValue0, VmcsField.Cr3TargetValue1, VmcsField.Cr3TargetValue2, VmcsField.Cr3TargetValue3];
        Assert.Equal(targets[..expected], targets.Where(capabilities.Supports));
    }

    [Fact]
    public void Fields_of_the_TDX_module_exist_on_no_processor_outside_of_it()
    {
        var capabilities = RecordedProcessor.Capabilities("tigerlake");

        Assert.False(capabilities.Supports(VmcsField.SharedEptPointer));
        Assert.False(capabilities.Supports(VmcsField.SeamGuestKeyId));
    }

    private static string Names(IEnumerable<VmcsField> fields) =>
        string.Join(
            ", ",
            fields
                .Select(static field => VmcsFields.TryFind(field, out var info) ? $"{info.Name} ({(uint)field:X4})" : $"{(uint)field:X4}")
                .Order()
        );
}
