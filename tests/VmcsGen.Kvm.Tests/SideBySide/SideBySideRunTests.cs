using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.SideBySide;

/// <summary>The measurements beside C still run and measure what they name. How fast is not asked here.</summary>
public class SideBySideRunTests
{
    private static readonly string[] s_names =
    [
        "get_api_version",
        "check_extension",
        "get_regs",
        "set_regs",
        "get_sregs",
        "run_immediate_exit",
        "pio_exit_cpl0",
        "pio_exit_cpl3",
        "pio_exit_sync_regs",
        "mmio_exit_cpl0",
        "mmio_exit_cpl3",
        "ioeventfd_signal",
        "coalesced_mmio_write",
        "irqfd_to_halted_guest",
        "dirty_log_1gib_clean",
        "dirty_log_1gib_512_dirty",
        "dirty_ring_harvest",
        "create_destroy_vm_vcpu",
        "capture_pause_4gib",
        "capture_changes_1000_pages",
        "restore_4gib",
        "restore_64gib",
        "spawn_to_first_exit_64mib",
        "reset_10_pages",
        "vmcs12_read_by_encoding",
        "vmcs12_typed_read",
    ];

    private static readonly string[] s_startNames = ["process_start_to_main", "process_start_to_first_exit", "peak_memory_of_minimal_vmm"];

    [Fact]
    public void Short_form_measures_every_operation_in_both_languages()
    {
        TestHost.SkipInLab("amd", "Times of an emulated machine say nothing, and it takes minutes for them.");
        RequireCapabilities();
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "There is no gcc.");

        var lines = Run("VmcsGen.SideBySide.dll", "--short");

        Assert.Equal(["name", "C ns", "C# JIT ns", "paired ratio"], lines[0]);
        Assert.Equal([.. s_names, .. s_startNames], lines.Skip(1).Select(static line => line[0]));
        Assert.All(
            lines.Skip(1),
            static line =>
            {
                Assert.Equal(4, line.Length);
                Assert.All(line.Skip(1), static value => Assert.True(double.Parse(value, CultureInfo.InvariantCulture) > 0, value));
            }
        );
    }

    [Fact]
    public void No_operation_allocates_but_those_that_create_VMs_and_states()
    {
        TestHost.SkipInLab("amd", "What .NET allocates is the same on each KVM, and states of 64 GiB take minutes there.");
        RequireCapabilities();

        var lines = Run("VmcsGen.SideBySide.CSharp.dll", "allocations");

        Assert.Equal(s_names, lines.Select(static line => line[0]));
        var allocating = lines.Where(static line => double.Parse(line[1], CultureInfo.InvariantCulture) != 0);
        Assert.Equal(
            [
                "create_destroy_vm_vcpu",
                "capture_pause_4gib",
                "capture_changes_1000_pages",
                "restore_4gib",
                "restore_64gib",
                "spawn_to_first_exit_64mib",
            ],
            allocating.Select(static line => line[0])
        );
    }

    // Those that the guests of the measurements need.
    private static void RequireCapabilities() =>
        TestHost
            .Open(
                KvmCapability.Irqchip,
                KvmCapability.Irqfd,
                KvmCapability.Ioeventfd,
                KvmCapability.CoalescedMmio,
                KvmCapability.SyncRegs,
                KvmCapability.DirtyLogRingAcqRel
            )
            .Dispose();

    private static List<string[]> Run(string program, string argument)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, program), argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{output}\n{errors.Result}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t'))];
    }
}
