using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;
using Xunit;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

public class VmEntryCheckerTests
{
    private static readonly VmEntryOutcome ControlError = VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields);
    private static readonly VmEntryOutcome HostError = VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields);

    [Theory]
    [MemberData(nameof(RecordedProcessor.Models), MemberType = typeof(RecordedProcessor))]
    public void Plain_guests_keep_all_rules_on_every_recorded_processor(string model)
    {
        var msrs = RecordedProcessor.Load(model).Msrs;
        var secondary = VmxCapabilities.Read(msrs).SecondaryProcessorBased.Allowed1;
        Assert.Empty(EntryScene.Long64(msrs).Check().Violations);
        Assert.Empty(EntryScene.Protected32(msrs).Check().Violations);
        Assert.Empty(EntryScene.Pae32(msrs).Check().Violations);
        Assert.Empty(EntryScene.Virtual8086(msrs).Check().Violations);
        // What a processor does not have is told by the same check.
        Assert.Equal(secondary.EnableEpt, EntryScene.PaeEpt32(msrs).Check().IsValid);
        Assert.Equal(secondary.UnrestrictedGuest, EntryScene.Real(msrs).Check().IsValid);
    }

    [Theory]
    [MemberData(nameof(RecordedProcessor.Models), MemberType = typeof(RecordedProcessor))]
    public void Fields_that_the_processor_does_not_have_are_not_read(string model)
    {
        var processor = RecordedProcessor.Load(model);
        var scene = EntryScene.Long64(processor.Msrs);
        foreach (var info in VmcsFields.All)
        {
            if (!processor.Fields.Contains(info.Field))
                scene[info.Field] = ulong.MaxValue;
        }
        scene.Vmcs.Access.Reads.Clear();

        Assert.Empty(scene.Check().Violations);

        var unknown = scene.Vmcs.Access.Reads.Where(f => !processor.Fields.Contains(f) && !scene.Capabilities.Supports(f));
        Assert.Empty(unknown);
    }

    [Fact]
    public void A_vmcs12_image_is_checked_by_the_fields_that_it_stores()
    {
        var scene = EntryCase.Long();
        var image = Vmcs12Image.Create();
        foreach (var info in VmcsFields.All)
            image.TryWrite(info.Field, scene[info.Field]);

        Assert.Empty(VmEntryChecker.Check(image.Vmcs, scene.Capabilities, scene.Context).Violations);

        var vmcs = image.Vmcs;
        vmcs.GuestRflags = 0;
        Assert.Equal(["GuestRflagsFixedBit"], Names(VmEntryChecker.Check(image.Vmcs, scene.Capabilities, scene.Context)));
    }

    [Fact]
    public void Controls_come_before_host_state_and_either_may_be_reported()
    {
        var scene = EntryCase.Long();
        scene[HostTrSelector] = 0;
        scene[Cr3TargetCount] = 5;
        scene[GuestRflags] = 0;

        var report = scene.Check();

        Assert.Equal(["Cr3TargetCountSupported", "HostTrSelectorNotNull", "GuestRflagsFixedBit"], Names(report));
        Assert.Equal(ControlError, report.Outcome);
        Assert.Equal([ControlError, HostError], report.PossibleOutcomes);
    }

    [Fact]
    public void Host_state_comes_before_guest_state()
    {
        var scene = EntryCase.Long();
        scene[HostTrSelector] = 0;
        scene[GuestRflags] = 0;

        Assert.Equal([HostError], scene.Check().PossibleOutcomes);
    }

    [Fact]
    public void Guest_state_is_checked_in_any_order_and_so_has_several_qualifications()
    {
        var scene = EntryCase.PaeEpt();
        scene[GuestPdpte0] = 3;
        scene[VmcsLinkPointer] = 1;
        scene[GuestRflags] = 0;

        var report = scene.Check();

        Assert.Equal([0ul, 4, 2], report.PossibleOutcomes.Select(static o => o.Qualification));
        Assert.All(report.PossibleOutcomes, static o => Assert.Equal(0x8000_0021u, o.ExitReason.Value));
        Assert.Equal(0ul, report.Outcome.Qualification);
    }

    [Fact]
    public void MSRs_are_loaded_in_order_until_one_fails()
    {
        var scene = EntryCase.Long();
        scene[VmEntryMsrLoadAddress] = EntryScene.MsrLoadArea;
        scene[VmEntryMsrLoadCount] = 3;
        scene.Memory.Write(EntryScene.MsrLoadArea, 0x10UL);
        scene.Memory.Write(EntryScene.MsrLoadArea + 16, 0xC000_0100UL);
        scene.Memory.Write(EntryScene.MsrLoadArea + 32, 0xC000_0101UL);

        var report = scene.Check();

        Assert.Equal([VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, 2)], report.PossibleOutcomes);
        Assert.Equal(0x8000_0022u, report.Outcome.ExitReason.Value);
        Assert.Single(report.Violations);
    }

    [Fact]
    public void A_processor_can_say_which_MSR_values_it_takes()
    {
        var scene = EntryCase.Long();
        scene[VmEntryMsrLoadAddress] = EntryScene.MsrLoadArea;
        scene[VmEntryMsrLoadCount] = 1;
        scene.Memory.Write(EntryScene.MsrLoadArea, 0x1234UL);
        Assert.True(scene.Check().IsValid);

        scene.Context = scene.Context with { CanWriteMsr = static (msr, _) => msr != 0x1234 };
        Assert.Equal(["MsrLoadValue"], Names(scene.Check()));
    }

    [Fact]
    public void Without_memory_nothing_that_lies_there_is_checked()
    {
        var scene = EntryCase.Pae();
        scene.Memory.Write(EntryScene.PageDirectoryPointerTable, 3UL);
        scene[VmcsLinkPointer] = EntryScene.LinkedVmcs;
        scene[VmEntryMsrLoadAddress] = EntryScene.LinkedVmcs;
        scene[VmEntryMsrLoadCount] = 1;
        scene.Memory.Write(EntryScene.LinkedVmcs, 0xC000_0100UL);
        Assert.Equal(
            ["VmcsLinkPointerRevisionIdentifier", "VmcsLinkPointerShadowIndicator", "GuestPdptesInMemory", "MsrLoadIndexNotFsOrGsBase"],
            Names(scene.Check())
        );

        scene.Context = scene.Context with { Memory = null };
        Assert.Empty(scene.Check().Violations);
    }

    [Fact]
    public void Where_there_is_no_memory_all_ones_are_read()
    {
        var scene = EntryCase.Pae();
        scene[VmcsLinkPointer] = 0x4000_0000;
        scene[GuestCr3] = 0x4000_0000;
        scene[VmEntryMsrLoadAddress] = 0x4000_0000;
        scene[VmEntryMsrLoadCount] = 5;
        Assert.Equal(
            ["VmcsLinkPointerRevisionIdentifier", "VmcsLinkPointerShadowIndicator", "GuestPdptesInMemory", "MsrLoadReservedBits"],
            Names(scene.Check()).Distinct()
        );
    }

    [Fact]
    public void EPT_on_a_processor_without_it_is_one_violation_and_not_several()
    {
        var scene = EntryScene.Long64(RecordedProcessor.Load("core2_penryn_t9600").Msrs);
        scene.WithEpt();
        Assert.Equal(["SecondaryProcessorBasedControlsAllowedSettings"], Names(scene.Check()));
    }

    [Fact]
    public void A_list_of_rules_names_stage_and_section_of_each()
    {
        var rule = VmEntryChecker.Rules.Single(static r => r.Name == "GuestTrUsable");
        Assert.Equal((VmEntryStage.GuestState, "SDM 3C 27.3.1.2"), (rule.Stage, rule.Section));
        Assert.All(VmEntryChecker.Rules, static r => Assert.Matches(@"^(SDM 3C 27\.\d(\.\d)*|FRED specification)$", r.Section));
    }

    [Fact]
    public void Words_that_are_not_activated_count_as_0()
    {
        var scene = EntryCase.Long();
        scene[VmcsField.SecondaryProcessorBasedControls] = ulong.MaxValue;
        scene[VmcsField.TertiaryProcessorBasedControls] = ulong.MaxValue;
        scene[VmcsField.SecondaryVmExitControls] = ulong.MaxValue;
        scene[VmcsField.VmFunctionControls] = ulong.MaxValue;
        Assert.Empty(scene.Check().Violations);
    }

    [Fact]
    public void Checks_of_own_fields_are_done_too()
    {
        const VmcsField Own = (VmcsField)0x2E00;
        var check = new VmcsFieldCheck(
            VmcsValueForm.PhysicalAddress,
            0xFFF,
            VmcsField.PrimaryProcessorBasedControls,
            1 << 7,
            "Acme manual"
        );
        var scene = EntryCase.Long();
        scene.Context = scene.Context with { OwnFields = [new VmcsFieldInfo(Own, "AcmePage", null, null, null, check)] };
        scene[Own] = 1UL << 40 | 1;
        Assert.Empty(scene.Check().Violations);

        scene.Primary(static c => c with { HltExiting = true });
        var report = scene.Check();

        Assert.Equal(["AcmePagePhysicalAddress", "AcmePageZeroBits"], Names(report));
        Assert.Equal("AcmePageZeroBits (Acme manual)", report.Violations[1].Rule.ToString());
        Assert.Equal("AcmePage = 0x10000000001", report.Violations[1].Fields[0].ToString());
    }

    [Theory]
    [MemberData(nameof(RecordedProcessor.Models), MemberType = typeof(RecordedProcessor))]
    public void Any_values_are_checked_and_reported_in_the_order_of_stages(string model)
    {
        var msrs = RecordedProcessor.Load(model).Msrs;
        var random = new Random(42);
        for (var round = 0; round < 200; round++)
        {
            var scene = EntryScene.Long64(msrs);
            // From a few changed fields to all of them, and from single bits to any value.
            foreach (var info in VmcsFields.All)
            {
                if (random.Next(200) < round)
                    scene[info.Field] =
                        (random.Next(2) == 0 ? scene[info.Field] ^ (1UL << random.Next(64)) : (ulong)random.NextInt64())
                        & MaskOf(info.Field);
            }

            var report = scene.Check();

            Assert.Equal(report.Violations.Select(static v => v.Rule.Stage).Order(), report.Violations.Select(static v => v.Rule.Stage));
            Assert.Contains(report.Outcome, report.PossibleOutcomes);
            Assert.Equal(report.IsValid, report.Outcome.IsSuccess);
            Assert.All(report.Violations, v => Assert.Contains(v.Rule.Name, report.ToString(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_report_reads_as_text()
    {
        var scene = EntryCase.Long();
        scene[HostTrSelector] = 0;
        scene[Cr3TargetCount] = 5;

        Assert.Equal(
            """
            VM entry ends with VMfailValid(7: EntryInvalidControlFields) or, in another order of checks, VMfailValid(8: EntryInvalidHostStateFields). 2 rules are broken:
            - Cr3TargetCountSupported (SDM 3C 27.2.1.1): The processor has 4 CR3-target values by IA32_VMX_MISC, and 5 are to be used.
                Cr3TargetCount = 0x5
                To satisfy it: Write a number from 0 to 4 to Cr3TargetCount.
            - HostTrSelectorNotNull (SDM 3C 27.2.3): The selector of TR is 0.
                HostTrSelector = 0x0
                To satisfy it: Give the host a task-state segment and write its selector.
            """,
            scene.Check().ToString()
        );
    }

    private static ulong MaskOf(VmcsField field) => ulong.MaxValue >> (64 - (8 * field.Size));

    private static IEnumerable<string> Names(VmEntryReport report) => report.Violations.Select(static v => v.Rule.Name);
}
