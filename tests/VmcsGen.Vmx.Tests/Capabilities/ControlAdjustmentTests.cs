using System;
using System.Linq;
using CsCheck;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3D A.2, and how Linux fits its wishes to a processor.
public class ControlAdjustmentTests
{
    private static readonly VmxCapabilities Skylake = RecordedProcessor.Capabilities("corei7_skylake_x");

    [Fact]
    public void Required_controls_and_those_that_must_be_1_make_the_value()
    {
        // Bits 1, 2 and 4 must be 1.
        var pin = Skylake.PinBased.Adjust(new PinBasedControls { NmiExiting = true, ExternalInterruptExiting = true });

        Assert.True(pin.IsSupported);
        Assert.Equal(0x1Fu, pin.Value.Value);
        Assert.Equal(0x1Fu, pin.ThrowIfUnsupported().Value);
        Assert.Empty(pin.MissingNames);
    }

    [Fact]
    public void Optional_controls_are_set_where_supported_and_left_out_elsewhere()
    {
        var pin = Skylake.PinBased.Adjust(
            required: default,
            optional: new PinBasedControls { ActivateVmxPreemptionTimer = true, ProcessPostedInterrupts = true }
        );

        Assert.True(pin.IsSupported);
        Assert.Equal(0x56u, pin.Value.Value);
    }

    [Fact]
    public void Required_controls_that_are_not_supported_are_named()
    {
        var secondary = Skylake.SecondaryProcessorBased.Adjust(
            new SecondaryProcessorBasedControls
            {
                EnableEpt = true,
                ModeBasedExecuteControlForEpt = true,
                EptViolationVe = true,
                InstructionTimeout = true,
            }
        );

        Assert.False(secondary.IsSupported);
        Assert.Equal(["ModeBasedExecuteControlForEpt", "InstructionTimeout"], secondary.MissingNames);
        Assert.True(secondary.Missing is { ModeBasedExecuteControlForEpt: true, InstructionTimeout: true, EnableEpt: false });
        Assert.True(secondary.Value is { EnableEpt: true, EptViolationVe: true, InstructionTimeout: false });
        var error = Assert.Throws<NotSupportedException>(() => secondary.ThrowIfUnsupported());
        Assert.Contains("ModeBasedExecuteControlForEpt, InstructionTimeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("IA32_VMX_PROCBASED_CTLS2 (48BH)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reserved_bit_that_is_required_is_named_by_its_number() =>
        Assert.Equal(["bit 31"], Skylake.PinBased.Adjust(new PinBasedControls(0x8000_0000)).MissingNames);

    [Fact]
    public void All_of_a_word_that_does_not_exist_is_missing()
    {
        var tertiary = Skylake.TertiaryProcessorBased.Adjust(new TertiaryProcessorBasedControls { IpiVirtualization = true });

        Assert.Equal(["IpiVirtualization"], tertiary.MissingNames);
        Assert.Equal(0ul, tertiary.Value.Value);
    }

    [Fact]
    public void An_adjusted_value_is_allowed_and_has_all_that_was_asked_for_and_can_be() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt, Gen.UInt)
            .Sample(
                (may, must, required, optional) =>
                {
                    var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
                    must &= may;
                    msrs[VmxMsr.Ia32VmxTruePinbasedCtls] = ((ulong)may << 32) | must;
                    var settings = VmxCapabilities.Read(msrs).PinBased;

                    var result = settings.Adjust(new PinBasedControls(required), new PinBasedControls(optional));

                    Assert.True(settings.Allows(result.Value));
                    Assert.Equal(((required | optional) & may) | must, result.Value.Value);
                    Assert.Equal(required & ~may, result.Missing.Value);
                    Assert.Equal((required & ~may) == 0, result.IsSupported);
                    Assert.Equal(int.PopCount((int)(required & ~may)), result.MissingNames.Count);
                }
            );

    [Fact]
    public void A_value_that_breaks_the_settings_tells_the_bits()
    {
        // Bit 1 must be 1, bit 7 must be 0.
        var violations = Skylake.PinBased.Violations(new PinBasedControls(0x94));

        Assert.Equal(0x82u, violations.Value);
        Assert.False(Skylake.PinBased.Allows(new PinBasedControls(0x94)));
        Assert.True(Skylake.PinBased.Allows(new PinBasedControls(0x16)));
    }

    [Fact]
    public void All_words_are_configured_together_with_the_controls_that_activate_them()
    {
        var configuration = Skylake.Configure(
            required: new VmxControlSet
            {
                PinBased = new PinBasedControls { ExternalInterruptExiting = true },
                SecondaryProcessorBased = new SecondaryProcessorBasedControls { EnableEpt = true },
                VmFunctions = new VmFunctionControls { EptpSwitching = true },
            },
            optional: new VmxControlSet
            {
                SecondaryProcessorBased = new SecondaryProcessorBasedControls { EnableVpid = true, InstructionTimeout = true },
                TertiaryProcessorBased = new TertiaryProcessorBasedControls { IpiVirtualization = true },
            }
        );

        var controls = configuration.ThrowIfUnsupported();
        Assert.True(configuration.IsSupported);
        Assert.True(controls.PrimaryProcessorBased is { ActivateSecondaryControls: true, ActivateTertiaryControls: false });
        Assert.True(
            controls.SecondaryProcessorBased is { EnableEpt: true, EnableVpid: true, EnableVmFunctions: true, InstructionTimeout: false }
        );
        Assert.Equal(0ul, controls.TertiaryProcessorBased.Value);
        Assert.True(controls.VmFunctions.EptpSwitching);
        Assert.True(Skylake.PrimaryVmExit.Allows(controls.PrimaryVmExit) && Skylake.VmEntry.Allows(controls.VmEntry));
    }

    [Fact]
    public void Words_of_which_nothing_is_wanted_are_not_activated()
    {
        var controls = Skylake.Configure(default).ThrowIfUnsupported();

        Assert.False(controls.PrimaryProcessorBased.ActivateSecondaryControls);
        Assert.Equal(0u, controls.SecondaryProcessorBased.Value);
        Assert.Equal(0x0400_6172u, controls.PrimaryProcessorBased.Value);
    }

    [Fact]
    public void Everything_that_is_missing_is_named_with_its_word()
    {
        var configuration = RecordedProcessor
            .Capabilities("core2_penryn_t9600")
            .Configure(
                new VmxControlSet
                {
                    PinBased = new PinBasedControls { ProcessPostedInterrupts = true },
                    SecondaryProcessorBased = new SecondaryProcessorBasedControls { EnableEpt = true },
                    VmFunctions = new VmFunctionControls { EptpSwitching = true },
                    SecondaryVmExit = new SecondaryVmExitControls { LoadIa32SpecCtrl = true },
                }
            );

        Assert.False(configuration.IsSupported);
        Assert.Equal(
            [
                "PinBasedControls.ProcessPostedInterrupts",
                "SecondaryProcessorBasedControls.EnableEpt",
                "SecondaryVmExitControls.LoadIa32SpecCtrl",
                "VmFunctionControls.EptpSwitching",
            ],
            configuration.MissingNames.Order()
        );
        var error = Assert.Throws<NotSupportedException>(() => configuration.ThrowIfUnsupported());
        Assert.Contains("SecondaryProcessorBasedControls.EnableEpt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Controls_go_into_a_VMCS_and_come_back()
    {
        var controls = Skylake
            .Configure(
                new VmxControlSet
                {
                    SecondaryProcessorBased = new SecondaryProcessorBasedControls { EnableEpt = true },
                    VmFunctions = new VmFunctionControls { EptpSwitching = true },
                }
            )
            .ThrowIfUnsupported();
        var image = Vmcs12Image.Create();

        controls.WriteTo(image.Vmcs);

        Assert.Equal(controls, VmxControlSet.Read(image.Vmcs));
        Assert.True(image.Vmcs.SecondaryProcessorBasedControls.EnableEpt);
    }

    [Fact]
    public void Words_that_are_not_activated_count_as_0_whatever_their_fields_hold()
    {
        var image = Vmcs12Image.Create();
        var vmcs = image.Vmcs;
        vmcs.SecondaryProcessorBasedControls = new SecondaryProcessorBasedControls { EnableEpt = true };

        Assert.Equal(0u, VmxControlSet.Read(vmcs).SecondaryProcessorBased.Value);
    }

    [Fact]
    public void Two_processors_on_which_a_configuration_comes_out_differently_are_told_apart_by_name()
    {
        var optional = new VmxControlSet
        {
            PrimaryProcessorBased = new PrimaryProcessorBasedControls { MonitorTrapFlag = true },
            SecondaryProcessorBased = new SecondaryProcessorBasedControls { EnableEpt = true, SubPageWritePermissionsForEpt = true },
        };
        var skylake = Skylake.Configure(default, optional).Controls;
        var tigerlake = RecordedProcessor.Capabilities("tigerlake").Configure(default, optional).Controls;

        Assert.Equal(
            ["PrimaryProcessorBasedControls.MonitorTrapFlag", "SecondaryProcessorBasedControls.SubPageWritePermissionsForEpt"],
            skylake.DifferencesFrom(tigerlake)
        );
        Assert.Empty(skylake.DifferencesFrom(skylake));
    }
}
