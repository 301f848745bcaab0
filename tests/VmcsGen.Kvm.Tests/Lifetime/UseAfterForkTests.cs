using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>A VM belongs to the address space that created it. Source: Documentation/virt/kvm/api.rst 1.</summary>
public class UseAfterForkTests
{
    private static readonly (string Use, string Operation)[] s_uses =
    [
        ("Check", "KVM_CHECK_EXTENSION"),
        ("GetClock", "KVM_GET_CLOCK"),
        ("CreateVcpu", "KVM_CREATE_VCPU"),
        ("MapMemory", "KVM_SET_USER_MEMORY_REGION"),
        ("GetRegs", "KVM_GET_REGS"),
        ("Run", "KVM_RUN"),
        ("Device", "KVM_HAS_DEVICE_ATTR"),
    ];

    [Fact]
    public void Forked_process_is_told_that_the_VM_is_not_its_own_and_the_parent_goes_on()
    {
        TestHost.Open().Dispose();
        var lines = RunProbe();

        foreach (var (use, operation) in s_uses)
        {
            var refusal = lines[$"child {use}"].Split('|');
            Assert.Equal((operation, "EIO"), (refusal[0], refusal[1]));
            Assert.StartsWith(operation, refusal[2], StringComparison.Ordinal);
            Assert.Contains("EIO (input/output error", refusal[2], StringComparison.Ordinal);
            Assert.Contains("A VM belongs to the process that created it", refusal[2], StringComparison.Ordinal);
            Assert.Contains("forked", refusal[2], StringComparison.Ordinal);
            Assert.Contains("create a VM in the process that is to run it", refusal[2], StringComparison.Ordinal);
        }
        Assert.Equal("0", lines["child ended"]);

        foreach (var when in new[] { "before", "after" })
        {
            Assert.StartsWith("KVM_CREATE_VCPU|EEXIST|", lines[$"{when} CreateVcpu"], StringComparison.Ordinal);
            Assert.StartsWith("KVM_HAS_DEVICE_ATTR|EFAULT|", lines[$"{when} Device"], StringComparison.Ordinal);
            foreach (var use in new[] { "Check", "GetClock", "MapMemory", "GetRegs", "Run" })
                Assert.Equal("done", lines[$"{when} {use}"]);
        }
    }

    private static Dictionary<string, string> RunProbe()
    {
        var assembly = typeof(UseAfterForkTests).Assembly.GetName().Name!;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, assembly))
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [ForkProbe.Variable] = "1",
                // With W^X the runtime's code lies in memory that a fork shares: what the child compiles would overwrite what
                // the parent has compiled.
                ["DOTNET_EnableWriteXorExecute"] = "0",
                // No thread of the runtime's own that the child would miss.
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_TieredCompilation"] = "0",
                ["DOTNET_EnableDiagnostics"] = "0",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);

        var lines = new Dictionary<string, string>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var bar = line.IndexOf('|', StringComparison.Ordinal);
            Assert.True(bar > 0, output);
            lines.Add(line[..bar], line[(bar + 1)..]);
        }
        return lines;
    }
}
