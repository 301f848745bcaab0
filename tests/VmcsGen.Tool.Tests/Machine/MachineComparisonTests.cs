using System;
using System.Text.Json.Nodes;
using VmcsGen.Tool.Tests.Images;
using Xunit;

namespace VmcsGen.Tool.Tests.Machine;

/// <summary>What stands against moving a guest from one machine to another.</summary>
public class MachineComparisonTests
{
    // CPUID leaf 1, ECX: bit 28 is AVX (SDM 2A). 46 and 48 bits of address.
    private const string Here = """
        {"format":1,"kvm":{"apiVersion":12,"capabilities":{"KVM_CAP_NR_MEMSLOTS":509,"KVM_CAP_IRQCHIP":1}},
         "cpuid":{"leaves":[
           {"leaf":"0x0","subleaf":0,"hasSubleaves":false,"eax":"0x1","ebx":"0x756E6547","ecx":"0x6C65746E","edx":"0x49656E69"},
           {"leaf":"0x1","subleaf":0,"hasSubleaves":false,"eax":"0x0","ebx":"0x0","ecx":"0x10000000","edx":"0x0"},
           {"leaf":"0x80000008","subleaf":0,"hasSubleaves":false,"eax":"0x302E","ebx":"0x0","ecx":"0x0","edx":"0x0"}]},
         "vmxMsrs":{"0x480":"0x0058100000000001","0x481":"0x0000007F00000016"},"missing":[]}
        """;

    [Fact]
    public void A_machine_that_has_all_takes_guests()
    {
        var run = Compare(Here, Here);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Nothing that both tell stands against moving.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Not compared", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x10000000", "0x0", "Avx", "yes here", "no there")]
    [InlineData("0x302E", "0x3027", "physical-address width", "46 here", "39 there")]
    [InlineData("0x49656E69", "0x49656E68", "vendor", "GenuineIntel here", "Genuhne")]
    [InlineData("\"KVM_CAP_NR_MEMSLOTS\":509", "\"KVM_CAP_NR_MEMSLOTS\":32", "KVM_CAP_NR_MEMSLOTS", "509 here", "32 there")]
    [InlineData(",\"KVM_CAP_IRQCHIP\":1", "", "KVM_CAP_IRQCHIP", "1 here", "0 there")]
    // Pin-based controls, bit 6: the VMX-preemption timer (SDM 3C 25.6.1).
    [InlineData("0x0000007F00000016", "0x0000003F00000016", "ActivateVmxPreemptionTimer", "0 or 1 here", "0 there")]
    public void What_the_other_machine_lacks_is_told_and_what_it_has_more_is_not(
        string with,
        string without,
        string name,
        string here,
        string there
    )
    {
        var less = Here.Replace(with, without, StringComparison.Ordinal);

        var run = Compare(Here, less);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(name, run.Output, StringComparison.Ordinal);
        Assert.Contains(here, run.Output, StringComparison.Ordinal);
        Assert.Contains(there, run.Output, StringComparison.Ordinal);
        Assert.Equal(name == "vendor" ? 1 : 0, Compare(less, Here).ExitCode);
    }

    [Fact]
    public void What_one_does_not_tell_is_named()
    {
        var without = JsonNode.Parse(Here)!;
        without["kvm"] = null;
        without["vmxMsrs"] = null;

        var run = Compare(Here, without.ToJsonString());

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            "Not compared, because one of the two does not tell it: KVM's capabilities, nested VMX.",
            run.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_snapshot_needs_what_its_guest_saw()
    {
        // kvm_cpuid_entry2 of leaf 1 with AVX.
        var entry = new byte[40];
        BitConverter.TryWriteBytes(entry, 1U);
        BitConverter.TryWriteBytes(entry.AsSpan(20), 0x1000_0000U);
        var snapshot = new SnapshotBytes().Section("VCPU", new byte[4]).Section("CPID", entry).End();
        using var file = new TemporaryFile(snapshot);
        using var with = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(Here));
        using var less = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(Here.Replace("0x10000000", "0x0", StringComparison.Ordinal)));

        Assert.DoesNotContain("Avx", ToolRun.Of("host", "--snapshot", file.Path, "--from", with.Path).Output, StringComparison.Ordinal);
        Assert.Contains("Avx", ToolRun.Of("host", "--snapshot", file.Path, "--from", less.Path, "--json").Output, StringComparison.Ordinal);
    }

    private static ToolRun Compare(string here, string there)
    {
        using var first = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(here));
        using var second = new TemporaryFile(System.Text.Encoding.UTF8.GetBytes(there));
        var run = ToolRun.Of("host", "--from", first.Path, "--compare", second.Path);
        Assert.Empty(run.Error);
        return run;
    }
}
