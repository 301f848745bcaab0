using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

public static partial class VmxCases
{
    // VMLAUNCH and VMRESUME.
    private static IEnumerable<VmxCase> EntryCases()
    {
        const string Basic = "SDM 3C 27.1";
        var badControls = VmxOutcome.Fail(VmInstructionError.EntryInvalidControlFields);
        var badHost = VmxOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields);
        var badGuest = VmxOutcome.EntryFailure(BasicExitReason.EntryFailureInvalidGuestState);

        yield return new(
            "VMLAUNCH without a current VMCS fails invalid",
            Basic,
            VmxStage.Root,
            rig => rig.Launch(),
            VmxOutcome.FailInvalid
        );
        yield return new(
            "VMRESUME without a current VMCS fails invalid",
            Basic,
            VmxStage.Root,
            rig => rig.Resume(),
            VmxOutcome.FailInvalid
        );
        yield return new(
            "VMLAUNCH enters the guest, which exits on CPUID",
            Basic,
            VmxStage.Programmed,
            rig => rig.Launch(),
            VmxOutcome.Exit(BasicExitReason.Cpuid)
        );
        yield return new(
            "VMLAUNCH of a launched VMCS fails with error 4",
            Basic,
            VmxStage.Launched,
            rig => rig.Launch(),
            VmxOutcome.Fail(VmInstructionError.VmlaunchNonClearVmcs)
        );
        yield return new(
            "VMRESUME of a clear VMCS fails with error 5",
            Basic,
            VmxStage.Programmed,
            rig => rig.Resume(),
            VmxOutcome.Fail(VmInstructionError.VmresumeNonLaunchedVmcs)
        );
        yield return new(
            "VMRESUME goes on where the guest exited",
            Basic,
            VmxStage.Launched,
            rig => rig.Resume(),
            VmxOutcome.Exit(BasicExitReason.Cpuid)
        );
        yield return new(
            "VMCLEAR makes a launched VMCS clear again",
            "SDM 3C 25.11.3",
            VmxStage.Launched,
            rig =>
            {
                rig.Processor.Vmclear(rig.VmcsRegion).ThrowIfFailed("VMCLEAR");
                rig.Processor.Vmptrld(rig.VmcsRegion).ThrowIfFailed("VMPTRLD");
                return rig.Launch();
            },
            VmxOutcome.Exit(BasicExitReason.Cpuid)
        );
        yield return new(
            "A VM entry that fails leaves the VMCS clear",
            "SDM 3C 27.8",
            VmxStage.Programmed,
            rig =>
            {
                var vmcs = rig.Vmcs;
                vmcs.GuestRflags = 0;
                rig.Launch();
                vmcs.GuestRflags = 2;
                return rig.Launch();
            },
            VmxOutcome.Exit(BasicExitReason.Cpuid)
        );

        yield return With(
            "A pin-based control that must be 1 is checked",
            "SDM 3C 27.2.1.1",
            VmcsField.PinBasedControls,
            _ => 0,
            badControls
        );
        yield return With(
            "A processor-based control that must be 0 is checked",
            "SDM 3C 27.2.1.1",
            VmcsField.PrimaryProcessorBasedControls,
            _ => uint.MaxValue,
            badControls
        );
        yield return With("VM-exit controls are checked", "SDM 3C 27.2.1.2", VmcsField.PrimaryVmExitControls, _ => 0, badControls);
        yield return With("VM-entry controls are checked", "SDM 3C 27.2.1.3", VmcsField.VmEntryControls, _ => 0, badControls);
        yield return With("The CR3-target count is checked", "SDM 3C 27.2.1.1", VmcsField.Cr3TargetCount, _ => 5, badControls);
        yield return With(
            "An event to inject is checked",
            "SDM 3C 27.2.1.3",
            VmcsField.EntryInterruptionInformation,
            _ => new EntryInterruptionInformation { Valid = true, Type = (InterruptionType)1 }.Value,
            badControls
        );

        yield return With("Host CR0 is checked", "SDM 3C 27.2.2", VmcsField.HostCr0, _ => 0, badHost);
        yield return With("Host CR3 is checked", "SDM 3C 27.2.2", VmcsField.HostCr3, rig => rig.BeyondPhysicalAddresses, badHost);
        yield return With("Host CR4 is checked", "SDM 3C 27.2.2", VmcsField.HostCr4, _ => 0, badHost);
        yield return With("The host's CS must not be null", "SDM 3C 27.2.3", VmcsField.HostCsSelector, _ => 0, badHost);
        yield return With("The host's TR must not be null", "SDM 3C 27.2.3", VmcsField.HostTrSelector, _ => 0, badHost);
        yield return With("The host's selectors have an RPL of 0", "SDM 3C 27.2.3", VmcsField.HostDsSelector, _ => 3, badHost);
        yield return With("The host's GDTR base is canonical", "SDM 3C 27.2.3", VmcsField.HostGdtrBase, _ => 1UL << 63, badHost);
        yield return With("The host's RIP is canonical", "SDM 3C 27.2.4", VmcsField.HostRip, _ => 1UL << 63, badHost);

        yield return With("Guest CR0 is checked", "SDM 3C 27.3.1.1", VmcsField.GuestCr0, _ => 0, badGuest);
        yield return With("Guest CR4 is checked", "SDM 3C 27.3.1.1", VmcsField.GuestCr4, _ => 0, badGuest);
        yield return With("Bit 1 of guest RFLAGS is 1", "SDM 3C 27.3.1.4", VmcsField.GuestRflags, _ => 0, badGuest);
        yield return With("The guest's CS is usable", "SDM 3C 27.3.1.2", VmcsField.GuestCsAccessRights, _ => 0x1_0000, badGuest);
        yield return With("The guest's TR is busy", "SDM 3C 27.3.1.2", VmcsField.GuestTrAccessRights, _ => 0x89, badGuest);
        yield return With("The guest's IDTR limit has 16 bits", "SDM 3C 27.3.1.3", VmcsField.GuestIdtrLimit, _ => 0x1_0000, badGuest);
        yield return With(
            "The guest's activity state is a supported one",
            "SDM 3C 27.3.1.5",
            VmcsField.GuestActivityState,
            _ => 4,
            badGuest
        );
        yield return With(
            "A link pointer is aligned",
            "SDM 3C 27.3.1.5",
            VmcsField.VmcsLinkPointer,
            rig => rig.OtherVmcsRegion + 8,
            badGuest
        );
        yield return new(
            "A bad link pointer is told by exit qualification 4",
            "SDM 3C 27.8",
            VmxStage.Programmed,
            rig =>
            {
                var vmcs = rig.Vmcs;
                vmcs.VmcsLinkPointer = rig.OtherVmcsRegion + 8;
                var outcome = rig.Launch();
                var qualification = vmcs.Access.Read(VmcsField.ExitQualification);
                return qualification == 4 ? outcome : throw new VmxCaseException($"The exit qualification is {qualification}.");
            },
            badGuest
        );
        yield return new(
            "An MSR that VM entry cannot load fails it",
            "SDM 3C 27.4",
            VmxStage.Programmed,
            LoadForbiddenMsr,
            VmxOutcome.EntryFailure(BasicExitReason.EntryFailureMsrLoading)
        );
    }

    // A guest that would be entered but for one field.
    private static VmxCase With(string name, string section, VmcsField field, Func<VmxRig, ulong> value, VmxOutcome expected) =>
        new(
            name,
            section,
            VmxStage.Programmed,
            rig =>
            {
                rig.Vmcs.Access.Write(field, value(rig));
                return rig.Launch();
            },
            expected
        );

    // IA32_FS_BASE is one of those that only the VMCS may load.
    private static VmxOutcome LoadForbiddenMsr(VmxRig rig)
    {
        const ulong FsBase = 0xC000_0100;
        var entry = new byte[16];
        BitConverter.TryWriteBytes(entry, FsBase);
        rig.Processor.Memory.Write(rig.Scratch, entry);
        rig.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, rig.Scratch);
        rig.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, 1);
        return rig.Launch();
    }
}
