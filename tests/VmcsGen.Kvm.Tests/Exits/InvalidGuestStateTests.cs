using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>
/// Guest state that KVM takes and VMX refuses at VM entry, each wrong in one place. Where kvm_intel has dump_invalid_vmcs=1 the kernel
/// prints the VMCS, and the environment may name a folder in which the logs are kept.
/// </summary>
public partial class InvalidGuestStateTests
{
    private const string FolderVariable = "VMCSGEN_DUMPS";
    private const ulong InvalidGuestState = 0x8000_0021;
    private const uint InvalidVmcb = uint.MaxValue; // VMEXIT_INVALID is -1, of which KVM passes on the low half.
    private const ulong NotCanonical = 1ul << 47;

    [Theory]
    [InlineData("cs-s-0")]
    [InlineData("cs-type-1")]
    [InlineData("cs-not-present")]
    [InlineData("cs-l-and-d")]
    [InlineData("cs-limit-without-g")]
    [InlineData("cs-dpl-3")]
    [InlineData("ss-type-1")]
    [InlineData("ds-limit-with-g")]
    [InlineData("ds-type-9")]
    [InlineData("es-base-above-4g")]
    [InlineData("fs-base-not-canonical")]
    [InlineData("tr-type-9")]
    [InlineData("tr-not-present")]
    [InlineData("ldtr-type-3")]
    [InlineData("gdtr-base-not-canonical")]
    [InlineData("idtr-base-not-canonical")]
    [InlineData("rflags-bit-15")]
    [InlineData("rflags-vm")]
    [InlineData("sti-blocking-without-if")]
    public void Entry_fails_and_the_kernel_tells_of_it(string name)
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, GuestPrograms.ReportForEver);
        Assert.SkipUnless(RunsOn("kvm_intel"), "This host's KVM is not kvm_intel, whose processor refuses such state.");
        Spoil(guest, name);

        var exit = guest.RunTo(KvmExitReason.FailEntry);

        Assert.Equal(InvalidGuestState, exit.FailEntry.HardwareEntryFailureReason);
        if (Parameter("kvm_intel", "dump_invalid_vmcs") != "Y")
            return;
        var dump = LastDump();
        Assert.Contains("*** Guest State ***", dump, StringComparison.Ordinal);
        Assert.Contains("*** Control State ***", dump, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } folder)
            File.WriteAllText(
                Path.Combine(folder, $"{name}.txt"),
                $"# {name}: guest state of {nameof(InvalidGuestStateTests)} on kvm_intel\n{dump}"
            );
    }

    [Fact]
    public void VMCB_that_the_processor_refuses_fails_the_entry()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, GuestPrograms.ReportForEver);
        Assert.SkipUnless(RunsOn("kvm_amd"), "This host's KVM is not kvm_amd.");
        Spoil(guest, "cs-l-and-d"); // AMD64 Architecture Programmer's Manual, volume 2, 15.5.1.

        var exit = guest.RunTo(KvmExitReason.FailEntry);

        Assert.Equal(InvalidVmcb, (uint)exit.FailEntry.HardwareEntryFailureReason);
    }

    private static void Spoil(Guest guest, string name)
    {
        guest.Vcpu.GetSregs(out var sregs);
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.GetVcpuEvents(out var events);
        switch (name)
        {
            case "cs-s-0":
                sregs.Cs.S = 0;
                break;
            case "cs-type-1":
                sregs.Cs.Type = 1;
                break;
            case "cs-not-present":
                sregs.Cs.Present = 0;
                break;
            case "cs-l-and-d":
                sregs.Cs.Db = 1;
                break;
            case "cs-limit-without-g":
                sregs.Cs.G = 0;
                break;
            case "cs-dpl-3":
                sregs.Cs.Dpl = 3;
                break;
            case "ss-type-1":
                sregs.Ss.Type = 1;
                break;
            case "ds-limit-with-g":
                sregs.Ds.Limit = 0x1_2345;
                break;
            case "ds-type-9":
                sregs.Ds.Type = 9;
                break;
            case "es-base-above-4g":
                sregs.Es.Base = 1ul << 32;
                break;
            case "fs-base-not-canonical":
                sregs.Fs.Base = NotCanonical;
                break;
            case "tr-type-9":
                sregs.Tr.Type = 9;
                break;
            case "tr-not-present":
                sregs.Tr.Present = 0;
                break;
            case "ldtr-type-3":
                sregs.Ldt = new KvmSegment { Present = 1, Type = 3 };
                break;
            case "gdtr-base-not-canonical":
                sregs.Gdt.Base = NotCanonical;
                break;
            case "idtr-base-not-canonical":
                sregs.Idt.Base = NotCanonical;
                break;
            case "rflags-bit-15":
                regs.Rflags |= 1ul << 15;
                break;
            case "rflags-vm":
                regs.Rflags |= 1ul << 17;
                break;
            default:
                regs.Rflags = 2; // Where guests of tests begin with the interrupt flag, it would be right.
                events.Interrupt.Shadow = KvmInterruptShadow.Sti;
                events.Flags = KvmVcpuEventFlags.Shadow;
                break;
        }
        guest.Vcpu.SetSregs(sregs);
        guest.Vcpu.SetRegs(regs);
        guest.Vcpu.SetVcpuEvents(events);
    }

    private static bool RunsOn(string module) => Directory.Exists($"/sys/module/{module}");

    private static string? Parameter(string module, string name)
    {
        var file = $"/sys/module/{module}/parameters/{name}";
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    // The kernel's log from the last dump on.
    private static unsafe string LastDump()
    {
        const int ReadAll = 3; // SYSLOG_ACTION_READ_ALL
        var buffer = new byte[1 << 20];
        int length;
        fixed (byte* pointer = buffer)
            length = klogctl(ReadAll, pointer, buffer.Length);
        Assert.True(length > 0, "The kernel's log cannot be read.");
        var log = Encoding.Latin1.GetString(buffer, 0, length);
        var header = log.LastIndexOf("last attempted VM-entry", StringComparison.Ordinal);
        Assert.True(header >= 0, log);
        return log[(log.LastIndexOf('\n', header) + 1)..];
    }

    [LibraryImport("libc")]
    private static unsafe partial int klogctl(int type, byte* buffer, int length);
}
