using System;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Broken VMCSs: the processor refuses them with a number, and the exception names the rule.</summary>
public sealed class BrokenVmcs(MachinePool machines, ITestOutputHelper output) : IClassFixture<MachinePool>
{
    private const uint FsBase = 0xC000_0100;

    private static readonly VmEntryOutcome s_controls = VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields);
    private static readonly VmEntryOutcome s_hostState = VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields);
    private static readonly VmEntryOutcome s_guestState = VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, 0);

    private static readonly BrokenVmcsCase[] s_cases =
    [
        new("Cr3TargetCountSupported", static rig => rig.Vmcs.Access.Write(VmcsField.Cr3TargetCount, 5), s_controls),
        new(
            "PrimaryProcessorBasedControlsAllowedSettings",
            static rig => rig.Vmcs.Access.Write(VmcsField.PrimaryProcessorBasedControls, 0),
            s_controls
        ),
        new(
            "VirtualNmisNeedNmiExiting",
            static rig => rig.Vmcs.Access.Write(VmcsField.PinBasedControls, (rig.Vmcs.PinBasedControls with { VirtualNmis = true }).Value),
            s_controls
        ),
        new(
            "InjectedErrorCodeMissing",
            static rig =>
                rig.Vmcs.Access.Write(
                    VmcsField.EntryInterruptionInformation,
                    new EntryInterruptionInformation
                    {
                        Valid = true,
                        Type = InterruptionType.HardwareException,
                        Vector = 13,
                    }.Value
                ),
            s_controls
        ),
        new("HostTrSelectorNotNull", static rig => rig.Vmcs.Access.Write(VmcsField.HostTrSelector, 0), s_hostState),
        new("HostRipCanonical", static rig => rig.Vmcs.Access.Write(VmcsField.HostRip, 1UL << 63), s_hostState),
        new("GuestCsAccessRightsType", static rig => rig.Vmcs.Access.Write(VmcsField.GuestCsAccessRights, 0xA093), s_guestState),
        new("GuestRflagsFixedBit", static rig => rig.Vmcs.Access.Write(VmcsField.GuestRflags, 0), s_guestState),
        new(
            "VmcsLinkPointerRevisionIdentifier",
            static rig => rig.Vmcs.Access.Write(VmcsField.VmcsLinkPointer, rig.Scratch),
            VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, 4)
        ),
        new(
            "MsrLoadIndexNotFsOrGsBase",
            static rig => LoadMsr(rig, FsBase),
            VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, 1)
        ),
    ];

    public static TheoryData<BrokenVmcsCase> Cases => new(s_cases);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_exception_of_a_refused_VMCS_names_the_rule(BrokenVmcsCase one)
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        one.Break(rig);
        GeneralRegisters registers = default;

        var refused = Assert.Throws<VmEntryException>(() => cpu.Launch(ref registers));

        output.WriteLine(refused.Message);
        Assert.Equal(one.Outcome, refused.Outcome);
        Assert.Equal(one.Rule, Assert.Single(refused.Diagnosis.Violations.Select(static v => v.Rule.Name).Distinct()));
        Assert.Equal([one.Outcome], refused.Diagnosis.PossibleOutcomes);
        Assert.Contains(refused.Diagnosis.Violations[0].ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Contains(one.Rule, refused.Message, StringComparison.Ordinal);
    }

    private static void LoadMsr(VmxRig rig, uint index)
    {
        rig.Processor.Memory.Write(rig.Scratch, MemoryMarshal.AsBytes<MsrAreaEntry>([new(index, 0)]));
        rig.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, rig.Scratch);
        rig.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 1);
    }
}
