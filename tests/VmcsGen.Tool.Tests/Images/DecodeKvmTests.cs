using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>Structs of KVM, written by C programs with the kernel's header, by api.rst, or by the snapshot's format.</summary>
public class DecodeKvmTests
{
    [Fact]
    public void A_port_access_is_told_with_its_data()
    {
        var run = Decode(
            """
            run->exit_reason = KVM_EXIT_IO;
            run->io.direction = KVM_EXIT_IO_OUT;
            run->io.size = 2;
            run->io.port = 0x3f8;
            run->io.count = 2;
            run->io.data_offset = 4096;
            memcpy(page + 4096, "\x11\x22\x33\x44", 4);
            """
        );

        Assert.All(
            ["KVM_EXIT_IO_OUT", "io.port 0x3F8", "io.data 11223344", "apic_base 0xFEE00900"],
            text => Assert.Contains(text, Narrow(run.Output), StringComparison.Ordinal)
        );
        Assert.DoesNotContain("mmio", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KVM_EXIT_MMIO", "run->mmio.phys_addr = 0xfee0b0c0;", "mmio.phys_addr", "0xFEE0B0C0")]
    [InlineData(
        "KVM_EXIT_FAIL_ENTRY",
        "run->fail_entry.hardware_entry_failure_reason = 0x80000021;",
        "fail_entry.hardware_entry_failure_reason",
        "0x80000021"
    )]
    [InlineData(
        "KVM_EXIT_INTERNAL_ERROR",
        "run->internal.suberror = 3; run->internal.ndata = 1; run->internal.data[0] = 7;",
        "internal.suberror",
        "KVM_INTERNAL_ERROR_DELIVERY_EV"
    )]
    [InlineData(
        "KVM_EXIT_INTERNAL_ERROR",
        "run->emulation_failure.suberror = 1; run->emulation_failure.insn_size = 15;",
        "emulation_failure.insn_size",
        "0xF"
    )]
    [InlineData("KVM_EXIT_X86_WRMSR", "run->msr.index = 0xc0000080;", "msr.index", "0xC0000080")]
    [InlineData("KVM_EXIT_X86_RDMSR", "run->msr.index = 0x10;", "msr.index", "0x10")]
    [InlineData("KVM_EXIT_SYSTEM_EVENT", "run->system_event.type = KVM_SYSTEM_EVENT_RESET;", "system_event.type", "KVM_SYSTEM_EVENT_RESET")]
    [InlineData("KVM_EXIT_HYPERCALL", "run->hypercall.nr = 12;", "hypercall.nr", "0xC")]
    [InlineData("KVM_EXIT_IOAPIC_EOI", "run->eoi.vector = 0x31;", "eoi.vector", "0x31")]
    [InlineData("KVM_EXIT_TPR_ACCESS", "run->tpr_access.rip = 0x4444;", "tpr_access.rip", "0x4444")]
    [InlineData("KVM_EXIT_HYPERV", "run->hyperv.type = 2;", "hyperv.type", "0x2")]
    [InlineData("KVM_EXIT_XEN", "run->xen.u.hcall.cpl = 3;", "xen.u.hcall.cpl", "0x3")]
    [InlineData("KVM_EXIT_NOTIFY", "run->notify.flags = 1;", "notify.flags", "KVM_NOTIFY_CONTEXT_INVALID")]
    [InlineData("KVM_EXIT_DEBUG", "run->debug.arch.exception = 3;", "debug.arch.exception", "0x3")]
    public void The_payload_of_the_exit_is_told(string reason, string code, string name, string value)
    {
        var run = Decode($"run->exit_reason = {reason}; {code}");

        Assert.Contains(
            run.Output.Split('\n'),
            line => line.Contains($"  {name} ", StringComparison.Ordinal) && line.Contains(value, StringComparison.Ordinal)
        );
        Assert.Contains(reason, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nested_state_is_told_with_both_regions()
    {
        var first = SceneFields.Of(EntryCase.Long());
        var second = SceneFields.Of(EntryCase.Long());
        (first[VmcsField.GuestRip], second[VmcsField.GuestRip]) = (0x1111, 0x2222);

        var run = ToolRun.Of(NestedStates.Vmx(FactPage.Vmcs12.Write(first), FactPage.Vmcs12.Write(second)), "decode", "-");

        Assert.Contains("KVM_STATE_NESTED_GUEST_MODE", run.Output, StringComparison.Ordinal);
        Assert.Contains("hdr.vmx.vmcs12_pa", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hdr.svm", run.Output, StringComparison.Ordinal);
        Assert.True(
            run.Output.IndexOf("current vmcs12", StringComparison.Ordinal) < run.Output.IndexOf("0x1111", StringComparison.Ordinal)
                && run.Output.IndexOf("shadow vmcs12", StringComparison.Ordinal) < run.Output.IndexOf("0x2222", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_snapshot_is_told_section_by_section_and_its_nested_guest_is_checked()
    {
        var fields = SceneFields.Of(EntryCase.Long());
        // RFLAGS bit 1 is 1 (SDM 3C 27.3.1.4).
        fields[VmcsField.GuestRflags] = 0;
        var bytes = SnapshotBytes.Small(0xFFF0, 0x5A, NestedStates.Vmx(FactPage.Vmcs12.Write(fields)));
        // It is one: the library takes it too.
        Assert.Single(VmState.Load(new MemoryStream(bytes)).Vcpus);

        var run = ToolRun.Of(bytes, "decode", "-");

        Assert.Equal(1, run.ExitCode);
        Assert.All(
            [
                "VM: memory 0",
                "pages that are not zero 1",
                "VM: slot",
                "0xC0000000",
                "vCPU 3: kvm_regs",
                "rip 0xFFF0",
                "MSR_EFER (0xC0000080) 0xD01",
                "vCPU 3: current vmcs12",
                "GuestRflagsFixedBit",
            ],
            text => Assert.Contains(text, Narrow(run.Output), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_capability_MSRs_of_a_snapshot_decide_rules_of_its_nested_guest()
    {
        var state = NestedStates.Vmx(FactPage.Vmcs12.Write(SceneFields.Of(EntryCase.Long())));
        var msrs = FullProcessor
            .Msrs.SelectMany(static msr => (byte[])[.. BitConverter.GetBytes((ulong)(uint)msr.Key), .. BitConverter.GetBytes(msr.Value)])
            .ToArray();

        Assert.True(Undecided(state, msrs) < Undecided(state, []));

        static int Undecided(byte[] state, byte[] msrs)
        {
            var bytes = new SnapshotBytes().Section("VCPU", new byte[4]).Section("MSRS", msrs).Section("NEST", state).End();
            using var json = JsonDocument.Parse(ToolRun.Of(bytes, "decode", "-", "--json").Output);
            return json
                .RootElement.GetProperty("parts")
                .EnumerateArray()
                .Single(static part => part.TryGetProperty("undecided", out _))
                .GetProperty("undecided")
                .GetArrayLength();
        }
    }

    // Columns are as wide as what is in them.
    private static string Narrow(string output) => string.Join(' ', output.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // A page of three, as KVM_GET_VCPU_MMAP_SIZE says on x86, that a C program fills with the kernel's header.
    private static ToolRun Decode(string code)
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var source = directory.Write(
            "run.c",
            $$"""
            #include <stdio.h>
            #include <string.h>
            #include <linux/kvm.h>
            static unsigned char page[3 * 4096] __attribute__((aligned(16)));
            int main(int count, char **arguments)
            {
                struct kvm_run *run = (struct kvm_run *)page;
                run->apic_base = 0xfee00900;
                {{code}}
                FILE *file = fopen(arguments[1], "wb");
                fwrite(page, sizeof(page), 1, file);
                return fclose(file);
            }
            """
        );
        Tools.Run("gcc", "-o", directory.Path("run"), source);
        Tools.Run(directory.Path("run"), directory.Path("page"));

        var run = ToolRun.Of("decode", directory.Path("page"));

        Assert.Equal(0, run.ExitCode);
        return run;
    }
}
