using System;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace VmcsGen.Tool.Tests.Commands;

/// <summary>Look-ups, with what the manual and the kernel's headers say.</summary>
public class LookUpTests
{
    [Theory]
    [InlineData("field", "GUEST_RIP", "GuestRip (GUEST_RIP): VMCS field 0x681E")]
    [InlineData("field", "guestrip", "0x681E")]
    [InlineData("field", "681Eh", "GuestRip")]
    [InlineData("exit", "48", "EptViolation")]
    [InlineData("exit", "0x80000021", "EntryFailureInvalidGuestState")]
    // Linux arch/x86/include/uapi/asm/svm.h; AMD APM 2, appendix C.
    [InlineData("exit", "0x400", "Npf (SVM_EXIT_NPF): exit code 0x400 of SVM")]
    [InlineData("exit", "NPF", "exit code 0x400 of SVM")]
    [InlineData("exit", "VMEXIT_NPF", "exit code 0x400 of SVM")]
    [InlineData("exit", "VMEXIT_EXCP14", "exit code 0x4E of SVM")]
    [InlineData("exit", "VMEXIT_CR0_READ", "ReadCr0 (SVM_EXIT_READ_CR0)")]
    [InlineData("exit", "VMEXIT_AVIC_NOACCEL", "exit code 0x402 of SVM")]
    [InlineData("exit", "0xffffffffffffffff", "SVM_EXIT_ERR")]
    [InlineData("exit", "0xffffffff", "SVM_EXIT_ERR")]
    [InlineData("exit", "-1", "VMEXIT_INVALID")]
    [InlineData("exit", "PF excp", "exit code 0x4E of SVM")]
    [InlineData("exit", "0x80000001", "SVM_VMGEXIT_MMIO_READ")]
    // As kvm_exit has them on Intel, and as messages of VMMs have those of KVM_RUN.
    [InlineData("exit", "MSR_WRITE", "EXIT_REASON_MSR_WRITE")]
    [InlineData("exit", "SHUTDOWN", "KVM_EXIT_SHUTDOWN")]
    [InlineData("msr", "0x480", "IA32_VMX_BASIC")]
    [InlineData("msr", "MSR_EFER", "0xC0000080")]
    [InlineData("msr", "IA32_VMX_CR4_FIXED1", "0x489")]
    [InlineData("rule", "GuestRflagsFixedBit", "SDM 3C 27.3.1.4")]
    [InlineData("ioctl", "0xAE80", "KVM_RUN")]
    [InlineData("ioctl", "44672", "KVM_RUN")]
    [InlineData("ioctl", "KVM_GET_REGS", "0x8090AE81")]
    [InlineData("field", "GUEST_RIP", "Guest RIP")]
    [InlineData("control", "SECONDARY_EXEC_ENABLE_EPT", "bit 1 of SecondaryProcessorBasedControls")]
    [InlineData("control", "HLT exiting", "CPU_BASED_HLT_EXITING")]
    [InlineData("control", "EnableEpt", "Ia32VmxProcbasedCtls2")]
    [InlineData("control", "EnableEpt", "EptPointer")]
    [InlineData("exit", "KVM_EXIT_MMIO", "exit reason 6 of KVM_RUN")]
    [InlineData("exit", "KVM_EXIT_MMIO", "KvmExit.Mmio")]
    [InlineData("ioctl", "KVM_RUN", "vcpu")]
    [InlineData("capability", "KVM_CAP_DIRTY_LOG_RING", "capability 192")]
    [InlineData("capability", "192", "KVM_CAP_DIRTY_LOG_RING")]
    [InlineData("capability", "KVM_CAP_VCPU_EVENTS", "KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS")]
    [InlineData("search", "0x681E", "GuestRip")]
    [InlineData("search", "dirty", "KVM_GET_DIRTY_LOG")]
    [InlineData("bits", "GUEST_CS_AR_BYTES", "CodeOrData")]
    public void What_is_asked_for_is_told(string command, string what, string answer)
    {
        var run = command == "bits" ? ToolRun.Of(command, what, "0xA09B") : ToolRun.Of(command, what);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(answer, run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
        Assert.DoesNotContain('\x1B', run.Output);
    }

    [Theory]
    // SVM has nothing at 1, and 0x78 is SVM's HLT alone.
    [InlineData("1", "VMX", "KVM_RUN")]
    [InlineData("0x78", "SVM")]
    [InlineData("16", "VMX", "SVM", "KVM_RUN")]
    [InlineData("0x80000021", "VMX")]
    [InlineData("0x80000002", "SVM")]
    [InlineData("HLT", "VMX", "SVM", "KVM_RUN")]
    public void An_exit_that_several_can_have_is_told_of_each(string what, params string[] owners)
    {
        var run = ToolRun.Of("exit", what);

        Assert.Equal(
            owners,
            ((string[])["VMX", "SVM", "KVM_RUN"]).Where(owner => run.Output.Contains($" of {owner}\n", StringComparison.Ordinal))
        );
        Assert.Equal(owners.Length > 1, run.Output.Contains("can be one of several", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exit", "0x400", "SVM_EXIT_NPF")]
    [InlineData("ioctl", "0xAE80", "KVM_RUN")]
    [InlineData("search", "SVM_EXIT_NPF", "SVM_EXIT_NPF")]
    public void A_program_is_told_the_same_as_a_person(string command, string what, string name)
    {
        using var json = JsonDocument.Parse(ToolRun.Of(command, what, "--json").Output);
        var found = json.RootElement.GetProperty("found");
        var text = ToolRun.Of(command, what).Output;

        Assert.Equal(1, found.GetArrayLength());
        Assert.Contains(name, new[] { found[0].GetProperty("name").GetString(), found[0].GetProperty("nativeName").GetString() });
        Assert.Contains(found[0].GetProperty("summary").GetString()!, text, StringComparison.Ordinal);
        if (command != "search")
            Assert.All(
                found[0].GetProperty("details").EnumerateArray(),
                detail => Assert.Contains(detail.GetProperty("text").GetString()!, text, StringComparison.Ordinal)
            );
    }

    // The numbers are those that gcc gives (tests/facts/kvm_arm64.json, kvm_ppc64le.json).
    [Theory]
    [InlineData("KVM_SET_GUEST_DEBUG", "arm64", "0x4208AE9B", "struct kvm_guest_debug")]
    [InlineData("KVM_SET_GUEST_DEBUG", "ppc64le", "0x8108AE9B", "struct kvm_guest_debug")]
    [InlineData("KVM_RUN", "ppc64le", "0x2000AE80", "no struct")]
    public void An_ioctl_of_another_machine_is_found(string name, string machine, string number, string text)
    {
        var run = ToolRun.Of("ioctl", name, "--arch", machine);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"{number} on {machine}", run.Output, StringComparison.Ordinal);
        Assert.Contains(text, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_specs_is_told()
    {
        var run = ToolRun.Of("ioctl", "KVM_RUN", "--arch", "vax");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'vax' is no machine", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_struct_of_an_ioctl_is_drawn_as_a_table()
    {
        var run = ToolRun.Of("ioctl", "KVM_SET_USER_MEMORY_REGION");

        // linux/kvm.h: __u32 slot, flags; __u64 guest_phys_addr, memory_size, userspace_addr.
        Assert.All(
            [
                "struct kvm_userspace_memory_region",
                "0x000  4",
                "__u32",
                "0x004  4",
                "0x008  8",
                "guest_phys_addr",
                "0x018  8",
                "userspace_addr",
            ],
            text => Assert.Contains(text, run.Output, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Values_that_differ_are_told_bit_by_bit()
    {
        var run = ToolRun.Of("bits", "GuestInterruptibilityState", "1", "--diff", "0xA");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("differs in the bits 0xB", run.Output, StringComparison.Ordinal);
        Assert.Contains("-  BlockingBySti", run.Output, StringComparison.Ordinal);
        Assert.Contains("+  BlockingByMovSs", run.Output, StringComparison.Ordinal);
        Assert.Contains("+  BlockingByNmi", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("field", "GUEST_RIPP", "there is no field 'GUEST_RIPP'")]
    [InlineData("exit", "EptV", "Near it: EptViolation")]
    [InlineData("search", "nothing at all", "occurs in no name")]
    public void A_name_that_nothing_has_is_told_with_what_is_near(string command, string what, string error)
    {
        var run = ToolRun.Of(command, what);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'0xZZ' is no number", "bits", "GuestRip", "0xZZ")]
    [InlineData("does not fit", "bits", "GuestCsSelector", "0x10000")]
    [InlineData("there is no VMCS field", "bits", "Guest", "0")]
    [InlineData("the name of a file is empty", "why", "")]
    [InlineData("the name of a spec is empty", "lint", "")]
    [InlineData("/tmp: the file cannot be read: it is a folder", "decode", "/tmp")]
    [InlineData("", "why")]
    [InlineData("", "no-such-command")]
    public void A_command_line_that_cannot_be_used_is_told(string error, params string[] arguments)
    {
        var run = ToolRun.Of(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_told()
    {
        using var device = new System.IO.FileStream(
            "/dev/full",
            System.IO.FileMode.Open,
            System.IO.FileAccess.Write,
            System.IO.FileShare.ReadWrite,
            bufferSize: 0
        );
        // It is not disposed of, because what it could not write is still in it.
        var full = new System.IO.StreamWriter(device);
        using var error = new System.IO.StringWriter();

        var code = Program.Run(["search", "e"], new(static () => System.IO.Stream.Null, full, error, IsTerminal: false));

        Assert.Equal(2, code);
        Assert.Contains("No space left on device", error.ToString(), StringComparison.Ordinal);
    }
}
