using System;
using System.IO;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Gdb;

/// <summary>gdb and readelf open what was written.</summary>
[Trait("Needs", "Kvm")]
public class CoreFileTests
{
    private static readonly MemoryMapRange s_all = new(0, 16 << 20, MemoryKind.Usable);

    [Fact]
    public void Gdb_opens_a_core_with_threads_stack_and_variables()
    {
        using DebuggedProgram program = new(vcpus: 2);
        program.Debug("break twice", "continue", "set var counter = 4321", "delete", "tbreak twice", "continue", "detach");
        using (program.Threads.Pause())
        {
            using var file = File.Create(program.CorePath);
            CoreFile.Write(file, program.Vcpus, program.Vm.Memory, s_all);
        }
        Assert.DoesNotContain("Warning", Tool.Run("readelf", "-hl", "-n", program.CorePath), StringComparison.OrdinalIgnoreCase);
        var output = Tool.Run(
            "gdb",
            [
                "-nx",
                "-batch",
                "-ex",
                "info threads",
                "-ex",
                "print counter > 4321",
                "-ex",
                "print pairs[1]",
                "-ex",
                "backtrace",
                program.ElfPath,
                program.CorePath,
            ]
        );
        Assert.Matches(@"\* 1 .*LWP 1", output);
        Assert.Matches(@"2 .*LWP 2", output);
        Assert.Contains("$1 = 1", output, StringComparison.Ordinal);
        Assert.Contains("$2 = {first = 2, second = 20}", output, StringComparison.Ordinal);
        Assert.Contains("_start", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_tables_that_refer_to_themselves_end_and_a_core_has_physical_addresses_then()
    {
        using DebuggedProgram program = new();
        using var pause = program.Threads.Pause();
        const ulong table = 0x50_0000;
        for (ulong i = 0; i < 512; i++)
            program.Vm.Memory.Write(table + 8 * i, table | 3);
        program.Vcpus[0].GetSregs(out var sregs);
        sregs.Cr3 = table;
        program.Vcpus[0].SetSregs(sregs);
        Assert.Null(GuestMappings.Of(program.Vcpus[0], program.Vm.Memory));
        using MemoryStream core = new();
        CoreFile.Write(core, program.Vcpus, program.Vm.Memory, s_all);
        Assert.Equal(2, BitConverter.ToUInt16(core.GetBuffer(), 56)); // e_phnum: the notes and the memory.
    }

    [Fact]
    public void Mappings_are_those_of_the_tables()
    {
        using DebuggedProgram program = new();
        using var pause = program.Threads.Pause();
        var mapping = Assert.Single(GuestMappings.Of(program.Vcpus[0], program.Vm.Memory)!);
        Assert.Equal(new GuestMapping(0, 0, 1UL << 32), mapping);
    }
}
