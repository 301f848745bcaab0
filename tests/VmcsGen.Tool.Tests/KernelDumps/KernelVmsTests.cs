using System;
using System.IO;
using System.Linq;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Tool.Tests.Btf;
using Xunit;

namespace VmcsGen.Tool.Tests.KernelDumps;

/// <summary>samples/KernelVms finds in a kernel's memory what KVM's interface says of the same VMs.</summary>
public sealed class KernelVmsTests(LabKernel kernel, ITestOutputHelper output) : IClassFixture<LabKernel>, IDisposable
{
    private const string Marks = "    r";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Fact]
    public void VMs_in_the_recorded_dump_are_as_KVM_said()
    {
        var dump = Path.Combine(_folder.FullName, "vms.elf");
        File.WriteAllBytes(dump, RecordedDump.Bytes);

        AssertFound(RecordedDump.Said, SampleProgram.AsItIs, dump);
    }

    [Fact]
    public void VMs_in_a_dump_of_the_lab_are_as_KVM_says()
    {
        kernel.RequireOrSkip();
        var sample = new SampleProgram(Import());
        var dump = Path.Combine(_folder.FullName, "vms.elf");
        var said = Tools
            .Run(
                "bash",
                Path.Combine(Repository.Root, "tests", "lab.sh"),
                "amd",
                "--memory",
                "512",
                "--timeout",
                "290",
                "--dump",
                dump,
                "--",
                "dotnet",
                Path.Combine(SampleProgram.Folder, "bin", "Release", "net10.0", "KernelVms.dll"),
                "make"
            )
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        output.WriteLine(string.Join('\n', said));

        AssertFound(said, sample, dump);
    }

    [Fact]
    public void An_excerpt_has_all_that_the_report_needs()
    {
        var (dump, excerpt) = (Path.Combine(_folder.FullName, "vms.elf"), Path.Combine(_folder.FullName, "excerpt.elf"));
        File.WriteAllBytes(dump, RecordedDump.Bytes);
        var address = RecordedDump.VmList(RecordedDump.Said);
        var all = SampleProgram.AsItIs.Run(dump, address, excerpt);

        var kept = SampleProgram.AsItIs.Run(excerpt, address);

        Assert.Equal((0, ""), (kept.ExitCode, kept.Error));
        Assert.Equal(all.Output, kept.Output);
    }

    [Fact]
    public void The_sample_has_the_spec_that_import_makes_of_its_kernel()
    {
        kernel.RequireOrSkip();
        var committed = File.ReadAllText(Path.Combine(SampleProgram.Folder, "kernel.structs.vmcs.yaml"));
        var imported = Import();
        output.WriteLine($"The lab's kernel is {kernel.Release}.");
        var source = $"source: \"BTF of kvm-amd.ko, Linux {kernel.Release}\"\n";
        Assert.Contains(source, imported, StringComparison.Ordinal);
        // Debian's kernel goes on. What the sample has is of the recorded dump's.
        if (committed.Contains(source, StringComparison.Ordinal))
            // Its first line names a schema, for editors.
            Assert.Equal(imported, committed[(committed.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public void What_the_sample_knows_of_ELF_is_as_in_the_header()
    {
        Tools.RequireOrSkip();
        var run = ToolRun.Of("verify", "linux/elf.h", "--specs", SampleProgram.Folder);

        Assert.Empty(run.Error);
        Assert.Contains("struct elf32_hdr", run.Output, StringComparison.Ordinal);
        foreach (var known in new[] { "struct elf64_hdr", "struct elf64_phdr", "struct elf64_note" })
            Assert.DoesNotContain(known, run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Import()
    {
        var folder = Path.Combine(_folder.FullName, "import");
        var run = ToolRun.Of(
            "import",
            "--btf",
            kernel.Module("kvm-amd.ko"),
            "--base",
            kernel.Kernel,
            "--types",
            SampleProgram.Types,
            "--into",
            folder
        );
        Assert.True(run.ExitCode == 0, run.Error);
        return File.ReadAllText(Path.Combine(folder, "kernel.structs.vmcs.yaml"));
    }

    private static void AssertFound(string[] said, SampleProgram sample, string dump)
    {
        var run = sample.Run(dump, RecordedDump.VmList(said));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        // First what is the dump's, last what is not. The first VM was running: of it the registers alone that it does not change.
        var found = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        var expected = said.Where(static line => !line.StartsWith("vm_list", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, expected.Count(static line => line.StartsWith("VM of thread ", StringComparison.Ordinal)));
        Assert.Equal(4, expected.Count(static line => line.StartsWith("  vCPU ", StringComparison.Ordinal)));
        var running = Array.FindIndex(expected, 1, static line => line.StartsWith("VM of thread ", StringComparison.Ordinal));
        Assert.Equal(expected[running..], found[running..]);
        Assert.Equal(expected[..running].Where(IsMark), found[..running].Where(IsMark));
        Assert.Equal(expected[0], found[0]);

        static bool IsMark(string line) =>
            line.StartsWith(Marks, StringComparison.Ordinal) && !line.StartsWith(Marks + "ip", StringComparison.Ordinal);
    }
}
