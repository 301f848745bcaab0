using System;
using System.IO;
using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3D, appendix A.
public class VmxCapabilitiesTests
{
    [Fact]
    public void The_basic_information_of_a_Skylake_is_decoded()
    {
        var basic = RecordedProcessor.Capabilities("corei7_skylake_x").Basic;

        Assert.Equal(0x2Bu, basic.VmcsRevisionIdentifier);
        Assert.Equal(4096u, basic.VmcsRegionSize);
        Assert.Equal(MemoryType.WriteBack, basic.MemoryType);
        Assert.True(basic is { TrueControls: true, InsOutsInformation: true });
        Assert.True(basic is { DualMonitorTreatment: false, ErrorCodeForAnyException: false });
        Assert.True(RecordedProcessor.Capabilities("tigerlake").Basic.ErrorCodeForAnyException);
    }

    [Fact]
    public void Miscellaneous_information_EPT_and_fixed_bits_of_a_Skylake_are_decoded()
    {
        var capabilities = RecordedProcessor.Capabilities("corei7_skylake_x");

        Assert.True(
            capabilities.Misc
                is {
                    PreemptionTimerRate: 0,
                    SavesEferLma: true,
                    ActivityHlt: true,
                    ActivityShutdown: true,
                    ActivityWaitForSipi: true,
                    Cr3TargetCount: 4,
                    VmwriteExitInformation: true,
                    ZeroLengthInjection: true,
                }
        );
        Assert.True(
            capabilities.EptVpid
                is {
                    ExecuteOnly: true,
                    PageWalkLength4: true,
                    PageWalkLength5: false,
                    MemoryTypeWriteBack: true,
                    Pages2M: true,
                    Pages1G: true,
                    AccessedAndDirtyFlags: true,
                    Invvpid: true,
                    SupervisorShadowStack: false,
                }
        );
        Assert.Equal(0x1Au, capabilities.VmcsEnumeration.HighestIndex);
        Assert.Equal(0x8000_0021ul, capabilities.Cr0.Adjust(0));
        Assert.False(capabilities.Cr0.Allows(0x8000_0001));
        Assert.True(capabilities.Cr4.Allows(0x2000));
        Assert.False(capabilities.Cr4.Allows(0x2000 | (1 << 23)));
    }

    [Fact]
    public void The_TRUE_MSRs_count_where_they_exist()
    {
        var processor = RecordedProcessor.Load("corei7_skylake_x");
        var msrs = processor.Msrs;
        var withTrue = VmxCapabilities.Read(msrs).PrimaryProcessorBased;

        msrs[VmxMsr.Ia32VmxBasic] &= ~(1UL << 55);
        Assert.True(msrs.Remove(VmxMsr.Ia32VmxTruePinbasedCtls) && msrs.Remove(VmxMsr.Ia32VmxTrueProcbasedCtls));
        Assert.True(msrs.Remove(VmxMsr.Ia32VmxTrueExitCtls) && msrs.Remove(VmxMsr.Ia32VmxTrueEntryCtls));
        var withoutTrue = VmxCapabilities.Read(msrs).PrimaryProcessorBased;

        // CR3-load and CR3-store exiting used to be fixed to 1.
        var cr3 = new PrimaryProcessorBasedControls { Cr3LoadExiting = true, Cr3StoreExiting = true };
        Assert.Equal(VmxMsr.Ia32VmxTrueProcbasedCtls, withTrue.Msr);
        Assert.True(withTrue.CanBeZero(cr3) && withTrue.CanBeOne(cr3));
        Assert.Equal(VmxMsr.Ia32VmxProcbasedCtls, withoutTrue.Msr);
        Assert.Equal(cr3, withoutTrue.Allowed0 & cr3);
    }

    [Fact]
    public void Later_words_do_not_exist_where_nothing_activates_them()
    {
        var capabilities = RecordedProcessor.Capabilities("corei7_skylake_x");

        Assert.True(capabilities.SecondaryProcessorBased.Exists);
        Assert.True(capabilities.VmFunctions.Exists);
        Assert.False(capabilities.TertiaryProcessorBased.Exists);
        Assert.False(capabilities.SecondaryVmExit.Exists);
        Assert.False(RecordedProcessor.Capabilities("core2_penryn_t9600").VmFunctions.Exists);
        Assert.Equal(0ul, RecordedProcessor.Capabilities("core2_penryn_t9600").EptVpid.Value);
    }

    [Fact]
    public void MSRs_of_later_words_are_read_only_where_they_exist()
    {
        var msrs = new CountingSource(RecordedProcessor.Load("core2_penryn_t9600").Msrs);

        VmxCapabilities.Read(msrs);

        Assert.DoesNotContain((uint)VmxMsr.Ia32VmxEptVpidCap, msrs.Asked);
        Assert.DoesNotContain((uint)VmxMsr.Ia32VmxVmfunc, msrs.Asked);
        Assert.DoesNotContain((uint)VmxMsr.Ia32VmxProcbasedCtls3, msrs.Asked);
        Assert.DoesNotContain((uint)VmxMsr.Ia32VmxExitCtls2, msrs.Asked);
        // TRUE capability MSRs replace the others.
        Assert.DoesNotContain((uint)VmxMsr.Ia32VmxPinbasedCtls, msrs.Asked);
    }

    // IA32_VMX_BASIC, and then what each level tells of: a processor without later words has fewer levels.
    [Theory]
    [InlineData("core2_penryn_t9600", 3)]
    [InlineData("corei7_skylake_x", 4)]
    public void MSRs_that_are_known_to_exist_are_read_together(string model, int reads)
    {
        var msrs = new CountingSource(RecordedProcessor.Load(model).Msrs);

        VmxCapabilities.Read(msrs);

        Assert.Equal(reads, msrs.Reads);
    }

    [Fact]
    public void All_64_bits_of_the_tertiary_and_secondary_VM_exit_MSRs_are_allowed_1_settings()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs[VmxMsr.Ia32VmxTrueProcbasedCtls] |= 1UL << (32 + 17);
        msrs[VmxMsr.Ia32VmxTrueExitCtls] |= 1UL << (32 + 31);
        msrs[VmxMsr.Ia32VmxProcbasedCtls3] = 0x8000_0000_0000_0010;
        msrs[VmxMsr.Ia32VmxExitCtls2] = 0x8;

        var capabilities = VmxCapabilities.Read(msrs);

        Assert.Equal(0x8000_0000_0000_0010ul, capabilities.TertiaryProcessorBased.Allowed1.Value);
        Assert.Equal(0ul, capabilities.TertiaryProcessorBased.Allowed0.Value);
        Assert.True(capabilities.SecondaryVmExit.CanBeOne(new SecondaryVmExitControls { PrematurelyBusyShadowStack = true }));
    }

    [Fact]
    public void A_processor_without_VMX_is_told_apart_from_an_incomplete_source()
    {
        var error = Assert.Throws<NotSupportedException>(static () => VmxCapabilities.Read(new MsrValues()));

        Assert.Contains("IA32_VMX_BASIC (480H)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VmxMsr.Ia32VmxTruePinbasedCtls, "IA32_VMX_TRUE_PINBASED_CTLS (48DH)")]
    [InlineData(VmxMsr.Ia32VmxProcbasedCtls2, "IA32_VMX_PROCBASED_CTLS2 (48BH)")]
    [InlineData(VmxMsr.Ia32VmxMisc, "IA32_VMX_MISC (485H)")]
    [InlineData(VmxMsr.Ia32VmxCr4Fixed1, "IA32_VMX_CR4_FIXED1 (489H)")]
    [InlineData(VmxMsr.Ia32VmxEptVpidCap, "IA32_VMX_EPT_VPID_CAP (48CH)")]
    [InlineData(VmxMsr.Ia32VmxVmfunc, "IA32_VMX_VMFUNC (491H)")]
    public void An_MSR_that_must_exist_and_does_not_is_named(VmxMsr msr, string name)
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs.Remove(msr);

        var error = Assert.Throws<InvalidDataException>(() => VmxCapabilities.Read(msrs));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_MSR_that_fixes_a_control_to_both_values_is_refused()
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs[VmxMsr.Ia32VmxTrueEntryCtls] = 0x0000_FFFF_0001_11FB;

        var error = Assert.Throws<InvalidDataException>(() => VmxCapabilities.Read(msrs));

        Assert.Contains("IA32_VMX_TRUE_ENTRY_CTLS", error.Message, StringComparison.Ordinal);
        Assert.Contains("0x00010000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_recorded_processor_can_be_read()
    {
        foreach (var model in RecordedProcessor.Models)
            Assert.True(RecordedProcessor.Capabilities(model.Data).PinBased.Exists);
    }

    private sealed class CountingSource(IMsrSource source) : IMsrSource
    {
        public System.Collections.Generic.HashSet<uint> Asked { get; } = [];

        /// <summary>Reads of one MSR, or of several together.</summary>
        public int Reads { get; private set; }

        public bool TryReadMsr(uint index, out ulong value)
        {
            Reads++;
            Asked.Add(index);
            return source.TryReadMsr(index, out value);
        }

        public void TryReadMsrs(ReadOnlySpan<uint> indices, Span<ulong> values, Span<bool> exist)
        {
            Reads += indices.IsEmpty ? 0 : 1;
            foreach (var index in indices)
                Asked.Add(index);
            source.TryReadMsrs(indices, values, exist);
        }
    }
}
