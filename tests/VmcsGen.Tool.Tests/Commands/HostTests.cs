using System;
using System.Text.Json;
using VmcsGen.Tool.Machine;
using Xunit;

namespace VmcsGen.Tool.Tests.Commands;

/// <summary>What a machine offers, and what is said where something is missing.</summary>
public class HostTests
{
    [Fact]
    public void Without_KVM_the_reason_and_the_remedy_are_told()
    {
        var facts = ThisMachine.Ask("/no/such/device");

        Assert.Null(facts.KvmApiVersion);
        Assert.Contains(
            facts.Missing,
            static text => text.StartsWith("KVM: ", StringComparison.Ordinal) && text.Contains("/no/such/device", StringComparison.Ordinal)
        );
        Assert.Contains(facts.Missing, static text => text.StartsWith("The VMX capability MSRs are not known", StringComparison.Ordinal));
    }

    [Fact]
    public void CPUID_is_told_with_its_address_widths()
    {
        var run = ToolRun.Of("host", "--json");

        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var cpuid = json.RootElement.GetProperty("cpuid");
        // SDM 3A 4.1.4.
        Assert.InRange(cpuid.GetProperty("physicalAddressWidth").GetInt32(), 32, 52);
        Assert.InRange(cpuid.GetProperty("linearAddressWidth").GetInt32(), 32, 57);
        Assert.NotEmpty(cpuid.GetProperty("features").EnumerateArray());
    }
}
