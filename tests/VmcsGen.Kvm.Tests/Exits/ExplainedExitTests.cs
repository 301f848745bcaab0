using System;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Kvm;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>Exits that end a guest, in the words of the VMX half.</summary>
public class ExplainedExitTests
{
    // SDM 3D appendix C and 3C 31.4.
    [Theory]
    [InlineData(0x8000_0021, "exit reason 33 (EntryFailureInvalidGuestState): ")]
    [InlineData(0x8000_0022, "exit reason 34 (EntryFailureMsrLoading): ")]
    [InlineData(
        7,
        "VM-instruction error 7 (EntryInvalidControlFields): A VM-execution, VM-exit or VM-entry control field fails the checks of VM entry."
    )]
    [InlineData(12, "VM-instruction error 12 (UnsupportedVmcsComponent): ")]
    public void A_failed_entry_has_the_words_of_its_reason_or_error(ulong reason, string words) =>
        Assert.StartsWith(words, VmxExitWords.OfFailedEntry(reason), StringComparison.Ordinal);

    [Theory]
    [InlineData(0x1234)]
    [InlineData(0x8000_FFFF)]
    [InlineData(ulong.MaxValue)]
    public void Numbers_that_VMX_does_not_have_are_left_alone(ulong reason) => Assert.Null(VmxExitWords.OfFailedEntry(reason));

    // Documentation/virt/kvm/api.rst 5: the event, the exit reason, the qualification and, of some kernels, the guest-physical address.
    [Fact]
    public void An_internal_error_has_the_words_of_event_exit_reason_and_qualification()
    {
        Assert.StartsWith(
            "exit reason 77 (Tdcall): ",
            VmxExitWords.OfInternalError((KvmInternalError)4, [77, 2]),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "EptViolation: DataRead, GuestLinearAddressValid, TranslatedAddress; guest physical 0xFEE00000; guest linear 0x0; "
                + "while delivering HardwareException #GP (vector 13), error code 0x0",
            VmxExitWords.OfInternalError((KvmInternalError)3, [0x8000_0B0D, 48, 0x181, 0xFEE0_0000, 1])
        );
        Assert.Equal(
            "EptViolation, qualification 0x181, while delivering Vector=0xD, Type=HardwareException, ErrorCodeValid, Valid",
            VmxExitWords.OfInternalError((KvmInternalError)3, [0x8000_0B0D, 48, 0x181, 1])
        );
        Assert.Equal(
            "event in delivery Vector=0x41, Type=ExternalInterrupt, Valid; exception Vector=0xE, Type=HardwareException, ErrorCodeValid, Valid",
            VmxExitWords.OfInternalError((KvmInternalError)2, [0x8000_0041, 0x8000_0B0E, 2, 3])
        );
        Assert.Null(VmxExitWords.OfInternalError((KvmInternalError)1, [1, 2, 3]));
        Assert.Null(VmxExitWords.OfInternalError((KvmInternalError)3, []));
    }

    [Fact]
    public void An_exit_is_explained_by_both_halves()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        Assert.Equal(exit.ToString(), exit.Explain());

        exit.RunPage.ExitReason = KvmExitReason.FailEntry;
        exit.RunPage.FailEntry.HardwareEntryFailureReason = 7;
        Assert.StartsWith("VM-instruction error 7", KvmExitExtensions.VmxWords(exit), StringComparison.Ordinal);
        Assert.Equal(VmxExitWords.IsSvm ? exit.ToString() : $"{exit.ToString()}. VMX: {KvmExitExtensions.VmxWords(exit)}", exit.Explain());

        exit.RunPage.ExitReason = KvmExitReason.Unknown;
        exit.RunPage.Hw.HardwareExitReason = 48;
        Assert.StartsWith("exit reason 48 (EptViolation): ", KvmExitExtensions.VmxWords(exit), StringComparison.Ordinal);
    }

    // KVM's half has no enum of VMX: its numbers must be those of the other half.
    [Theory]
    [InlineData(VmcsGen.Vmx.BasicExitReason.EntryFailureInvalidGuestState)]
    [InlineData(VmcsGen.Vmx.BasicExitReason.EntryFailureMsrLoading)]
    [InlineData(VmcsGen.Vmx.BasicExitReason.EntryFailureMachineCheck)]
    public void Both_halves_know_the_same_reasons_of_failed_entries(VmcsGen.Vmx.BasicExitReason reason)
    {
        var raw = new VmcsGen.Vmx.ExitReason { BasicReason = reason, EntryFailure = true }.Value;
        Assert.Contains($"(exit reason {(uint)reason})", FailEntryText.Describe(raw, isSvm: false), StringComparison.Ordinal);
        Assert.Contains($"exit reason {(uint)reason} ", VmxExitWords.OfFailedEntry(raw), StringComparison.Ordinal);
    }
}
