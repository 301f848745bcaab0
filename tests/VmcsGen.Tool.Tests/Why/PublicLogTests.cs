using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>Logs of real machines, as they were posted in public, and what experts found in them.</summary>
public class PublicLogTests
{
    [Fact]
    public void A_pending_single_step_exception_is_missing_behind_MOV_SS()
    {
        var run = ToolRun.Of("why", ToolRun.DumpPath("01-xen-icebp-under-movss.txt"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Xen", run.Output, StringComparison.Ordinal);
        Assert.Contains("One rule of VM entry is broken", run.Output, StringComparison.Ordinal);
        Assert.Contains("PendingSingleStepMissing (SDM 3C 27.3.1.5)", run.Output, StringComparison.Ordinal);
        Assert.Contains("GuestInterruptibilityState = 0x2 (BlockingByMovSs)", run.Output, StringComparison.Ordinal);
        Assert.Contains("#DB", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_failed_where_the_guest_executed_HLT()
    {
        var run = ToolRun.Of("why", ToolRun.DumpPath("02-xen-running-hlt.txt"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("reason 12 (0x0000000C), Hlt", run.Output, StringComparison.Ordinal);
        Assert.Contains("tells of no failed VM entry", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void STI_blocks_although_the_interrupt_flag_is_0()
    {
        var run = ToolRun.Of("why", ToolRun.DumpPath("04-kvm-windows-smm-tdp.txt"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("One rule of VM entry is broken", run.Output, StringComparison.Ordinal);
        Assert.Contains("BlockingByStiNeedsInterruptFlag", run.Output, StringComparison.Ordinal);
        Assert.Contains("GuestRflags = 0x2", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_dump_leaves_out_is_named_where_nothing_in_it_is_wrong()
    {
        var run = ToolRun.Of("why", ToolRun.DumpPath("06-kvm-custom-vmm-real-mode.txt"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("nothing that the dump holds breaks a rule", run.Output, StringComparison.Ordinal);
        Assert.All(
            ["VmcsLinkPointer", "VmEntryMsrLoadAddress", "VmEntryMsrLoadCount"],
            name => Assert.Contains(name, run.Output, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_bit_of_CR4_is_decided_by_a_capability_MSR()
    {
        var path = ToolRun.DumpPath("08-kvm-syzkaller-protected-mode.txt");
        var run = ToolRun.Of("why", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("IA32_VMX_CR4_FIXED1 (489H), for GuestCr4FixedBits", run.Output, StringComparison.Ordinal);
        Assert.Contains("SMXE", run.Output, StringComparison.Ordinal);

        // A processor without SMX, and one with it.
        Assert.Contains("GuestCr4FixedBits", WithCr4(0x3727FF).Output, StringComparison.Ordinal);
        Assert.Equal(1, WithCr4(0x3727FF & ~(1UL << 14)).ExitCode);
        Assert.Equal(0, WithCr4(0x3727FF | 1UL << 14).ExitCode);

        ToolRun WithCr4(ulong fixed1)
        {
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(
                    file,
                    $$"""
                    {"format":1,"kvm":null,"cpuid":null,"vmxMsrs":{"0x488":"0x2000","0x489":"0x{{fixed1:X}}"},"missing":[]}
                    """
                );
                return ToolRun.Of("why", path, "--all", "--capabilities", file);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Fact]
    public void An_EPT_violation_while_an_interrupt_was_delivered_breaks_no_rule_however_little_the_log_has()
    {
        var run = ToolRun.Of("why", ToolRun.DumpPath("10-kvm-ept-violation-during-delivery-partial.txt"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("EptViolation: DataRead", run.Output, StringComparison.Ordinal);
        Assert.Contains("while delivering ExternalInterrupt vector 0xEC", run.Output, StringComparison.Ordinal);
        Assert.Contains("fields that are not in this dump", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("guest physical", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("broken", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void All_logs_in_one_file_are_as_many_dumps()
    {
        var names = Directory.GetFiles(ToolRun.DumpPath(""), "*.txt").Order(StringComparer.Ordinal).ToArray();
        var run = ToolRun.Why(string.Concat(names.Select(File.ReadAllText)), "--json");

        using var json = JsonDocument.Parse(run.Output);
        var dumps = json.RootElement.GetProperty("dumps").EnumerateArray().ToArray();
        Assert.Equal(names.Length, dumps.Length);
        Assert.Equal(["Xen", "Xen", "Kvm", "Kvm", "Kvm", "Kvm"], dumps.Select(static dump => dump.GetProperty("dialect").GetString()));
        Assert.Equal([1, 0, 1, 0, 0, 0], dumps.Select(static dump => dump.GetProperty("broken").GetArrayLength()));
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Error);
    }
}
