using System;
using System.Linq;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The generated exit reasons against the header in which the kernel gives them to user space.</summary>
public sealed class VmxHeaderTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_exit_reason_of_the_header_has_its_number()
    {
        Tools.RequireOrSkip();
        var generated = Enum.GetNames<BasicExitReason>()
            .ToDictionary(
                static name => NativeNames.Of(typeof(BasicExitReason).GetField(name)!),
                static name => (Int128)(ushort)Enum.Parse<BasicExitReason>(name)
            );
        var differences = new Differences();
        var reasons = InstalledHeaders.Vmx.Numbers.Where(static n => n.Key.StartsWith("EXIT_REASON_", StringComparison.Ordinal)).ToArray();
        foreach (var (name, value) in reasons)
        {
            if (generated.TryGetValue(name, out var actual))
                differences.Check(name, "number", value, actual);
            else
                differences.Add(name, "no generated exit reason has this name");
        }
        output.WriteLine($"{reasons.Length} exit reasons compared");
        output.WriteLine($"not in the header: {string.Join(", ", generated.Keys.Except(reasons.Select(static r => r.Key)))}");
        Assert.InRange(reasons.Length, 50, int.MaxValue);
        differences.AssertNone(output);
    }

    [Theory]
    [InlineData("VMX_EXIT_REASONS_FAILED_VMENTRY")]
    [InlineData("VMX_EXIT_REASONS_SGX_ENCLAVE_MODE")]
    public void A_flag_of_the_exit_reason_has_its_bit(string name)
    {
        Tools.RequireOrSkip();
        var part = ExitReason.Parts.ToArray().Single(p => p.NativeName == name);
        Assert.Equal((ulong)InstalledHeaders.Vmx.Numbers[name], part.Mask);
    }

    [Theory]
    [InlineData("VMX_ABORT_SAVE_GUEST_MSR_FAIL", VmxAbort.SavingGuestMsrs)]
    [InlineData("VMX_ABORT_LOAD_HOST_PDPTE_FAIL", VmxAbort.HostPdpteChecking)]
    [InlineData("VMX_ABORT_LOAD_HOST_MSR_FAIL", VmxAbort.LoadingHostMsrs)]
    public void A_VMX_abort_has_its_number(string name, VmxAbort abort)
    {
        Tools.RequireOrSkip();
        Assert.Equal((uint)InstalledHeaders.Vmx.Numbers[name], (uint)abort);
    }
}
