using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>A process that has used up its descriptors or its memory is told so, even by the first call that fails.</summary>
public class ExhaustionTests
{
    [Theory]
    [InlineData("descriptors open", "open /dev/kvm", "EMFILE", "ulimit -n")]
    [InlineData("descriptors memfd", "memfd_create", "EMFILE", "ulimit -n")]
    [InlineData("descriptors eventfd", "eventfd", "EMFILE", "ulimit -n")]
    [InlineData("descriptors ioctl", "KVM_CREATE_VM", "ENOTTY", "does not offer the ioctl")]
    [InlineData("descriptors hugepages", "mmap", "ENOMEM", "huge pages")]
    [InlineData("memory allocate", "mmap", "ENOMEM", "ulimit -v")]
    public void First_failure_is_the_one_that_happened(string probe, string operation, string errno, string remedy)
    {
        var report = RunProbe(probe);

        Assert.Equal((operation, errno), (report[1], report[2]));
        Assert.Contains(remedy, report[3], StringComparison.Ordinal);
    }

    [Fact]
    public void First_ioctl_that_wants_a_descriptor_is_told_that_there_is_none()
    {
        TestHost.Open().Dispose();

        var report = RunProbe("descriptors CreateVm");

        Assert.Equal(("KVM_CREATE_VM", "EMFILE"), (report[1], report[2]));
        Assert.Contains("ulimit -n", report[3], StringComparison.Ordinal);
    }

    private static string[] RunProbe(string probe)
    {
        var assembly = typeof(ExhaustionTests).Assembly.GetName().Name!;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, assembly))
        {
            RedirectStandardOutput = true,
            Environment = { [ExhaustionProbe.Variable] = probe },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith($"{probe}|", StringComparison.Ordinal));
        Assert.True(line is not null && process.ExitCode == 0, $"exit code {process.ExitCode}: {output}");
        var report = line.Split('|');
        Assert.True(report.Length == 4, output);
        return report;
    }
}
