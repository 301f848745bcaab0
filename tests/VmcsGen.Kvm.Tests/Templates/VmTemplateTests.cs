using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.State;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Templates;

/// <summary>VMs that are made from a stopped one go on as that would have, and know nothing of each other.</summary>
public class VmTemplateTests
{
    private static readonly int s_times = TestHost.Many(60, emulated: 6, "VMCSGEN_SPAWNS");

    public static TheoryData<Computation> Computations { get; } = [.. Enum.GetValues<Computation>()];

    [Theory, MemberData(nameof(Computations))]
    public void Spawned_VMs_come_to_the_same_result_as_the_one_that_was_stopped(Computation computation)
    {
        using var guest = ComputingGuest.CreateStopped(computation);
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var expected = ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu);
        using var template = new VmTemplate(guest.Host, state, vm => ComputingGuest.Prepare(vm, computation));

        for (var i = 0; i < 3; i++)
        {
            using var spawned = template.Spawn(canReset: i == 2);
            Assert.Equal(expected, ComputingGuest.Finish(computation, spawned.Vm, spawned.Vcpu));
        }
    }

    [Fact]
    public void Spawned_VMs_share_memory_until_they_write_and_do_not_see_each_other()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.Memory.Write(Guest.DataAddress, 0x1111);
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var template = new VmTemplate(guest.Host, state);
        using var one = template.Spawn();
        using var other = template.Spawn();

        one.Vm.Memory.Write(Guest.DataAddress, 0x2222);
        guest.Memory.Write(Guest.DataAddress, 0x3333);

        Assert.Equal(0x1111, other.Vm.Memory.Read<int>(Guest.DataAddress));
        Assert.Equal(0x2222, one.Vm.Memory.Read<int>(Guest.DataAddress));
        using var third = template.Spawn();
        Assert.Equal(0x1111, third.Vm.Memory.Read<int>(Guest.DataAddress));
        Assert.Throws<InvalidOperationException>(one.Reset);
    }

    [Fact]
    public void Template_of_a_file_spawns_after_the_file_was_removed()
    {
        using var folder = new TemporaryFolder();
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        using (var captured = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu))
            captured.Save(folder.File);
        using var state = VmState.Load(folder.File);
        using var template = new VmTemplate(guest.Host, state);
        File.Delete(folder.File);

        for (var i = 0; i < s_times; i++)
        {
            using var spawned = template.Spawn();
            Assert.Equal(KvmExitReason.Hlt, spawned.Vcpu.Run().Reason);
        }
    }

    [Fact]
    public void Spawned_VMs_are_alike_and_leave_no_descriptors_and_mappings_behind()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(rax, 0x0123_4567_89AB_CDEF);
                code.mov(__qword_ptr[Guest.DataAddress], rax);
                code.hlt();
            }
        );
        new Random(3).NextBytes(guest.Memory.Span[0x2_0000..]);
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var template = new VmTemplate(guest.Host, state);
        KvmRegs expected = default;
        byte[] memory = [];
        SpawnAndRun(3);
        var (descriptors, mappings) = (Descriptors(), Mappings());

        SpawnAndRun(s_times);

        Assert.InRange(Descriptors() - descriptors, -20, 20);
        Assert.InRange(Mappings() - mappings, -20, 20);

        void SpawnAndRun(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var spawned = template.Spawn(canReset: i % 2 == 0);
                Assert.Equal(KvmExitReason.Hlt, spawned.Vcpu.Run().Reason);
                spawned.Vcpu.GetRegs(out var regs);
                if (memory.Length == 0)
                    (expected, memory) = (regs, ReadMemory(spawned.Vm));
                Assert.Equal(expected, regs);
                if (i % 100 == 0)
                    Assert.True(memory.AsSpan().SequenceEqual(ReadMemory(spawned.Vm)), $"The memory of VM {i} is another one.");
            }
        }

        byte[] ReadMemory(KvmVm vm)
        {
            var bytes = new byte[guest.Memory.Size];
            vm.Memory.Read(0, bytes);
            return bytes;
        }

        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
        static int Mappings() => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("kvm", StringComparison.Ordinal));
    }
}
