using System;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.State;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Supply;

/// <summary>Guests go on before their memory is there.</summary>
public class SuppliedGuestTests
{
    private const int Page = GuestMemory.PageSize;
    private const ulong Far = 0x1000_0000;
    private const byte Port = 0x55;

    [Theory]
    [InlineData(Computation.Supervisor, false)]
    [InlineData(Computation.Supervisor, true)]
    [InlineData(Computation.RealModeWithTimer, false)]
    public void Guest_that_goes_on_without_its_memory_gets_the_result_that_it_had_with_it(Computation computation, bool isSuppliedMeanwhile)
    {
        PatternSource.Require();
        using var guest = ComputingGuest.CreateStopped(computation);
        using var captured = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var file = new MemoryStream();
        captured.SaveWithoutMemory(file);
        using var whole = new MemoryStream();
        captured.Save(whole);
        Assert.InRange(file.Length, 1, whole.Length - (long)captured.Slots[0].Memory.KeptPages * Page);
        var expected = ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu);

        file.Position = 0;
        using var state = VmState.Load(file);
        Assert.False(state.Slots[0].Memory.HasContents);
        using var vm = guest.Host.CreateVm();
        ComputingGuest.Prepare(vm, computation);
        using var vcpu = vm.CreateVcpu(0);
        var supply = Assert.Single(state.RestoreMemoryTo(vm, slot => captured.Slots.Single(other => other.Number == slot.Number).Memory));
        state.RestoreVcpusTo(vm, vcpu);
        state.RestoreDevicesTo(vm);
        var all = supply.MissingPages;
        var background = new Thread(() => supply.SupplyAll());
        if (isSuppliedMeanwhile)
            background.Start();
        byte[] result = [];
        Worker.Do(() => result = ComputingGuest.Finish(computation, vm, vcpu));

        Assert.Equal(expected, result);
        if (isSuppliedMeanwhile)
            background.Join();
        Assert.InRange(supply.MissingPages, 0ul, isSuppliedMeanwhile ? 0 : all - 2);
        Assert.True(isSuppliedMeanwhile || supply.MissingPages > 0, "All of the memory was asked for.");
        Assert.Null(supply.Failure);
    }

    [Fact]
    public void Page_that_the_source_does_not_give_fails_the_run_and_nothing_else()
    {
        PatternSource.Require();
        using var guest = Guest.Create(
            GuestMode.Protected,
            static code =>
            {
                code.mov(eax, __dword_ptr[esi]);
                code.@out(Port, eax);
            }
        );
        using var memory = GuestMemory.AllocateSupplied(
            10 * Page,
            new PatternSource { Before = static page => Assert.True(page != 4, "The connection is gone.") }
        );
        using var slot = guest.Vm.MapMemory(Far, memory);
        guest.Restart(new KvmRegs { Rsi = Far + 4 * Page });

        var failure = Assert.Throws<KvmException>(() => guest.Vcpu.Run());

        Assert.Equal(Errno.EFAULT, failure.Errno);
        Assert.Contains("The connection is gone.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("The connection is gone.", memory.Supply!.Failure!.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => memory.Read<int>(4 * Page));
        Assert.Throws<IOException>(() => guest.Vm.Memory.Read<int>(Far + 4 * Page));
        guest.Restart(new KvmRegs { Rsi = Far + 5 * Page });
        Assert.Equal((uint)PatternSource.WordAt(5 * Page), guest.RunToOut(Port));
    }

    [Fact]
    public void State_without_memory_is_refused_where_the_memory_is_needed_and_saved_as_it_is()
    {
        using var guest = ComputingGuest.CreateStopped(Computation.Supervisor);
        using var captured = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var file = new MemoryStream();
        captured.SaveWithoutMemory(file);
        using var state = SnapshotBytes.Load(file.ToArray());
        using var vm = guest.Host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        Assert.Contains(
            "source of its pages",
            Assert.Throws<InvalidOperationException>(() => state.RestoreTo(vm, vcpu)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<InvalidOperationException>(() => state.RestoreMemoryTo(vm));
        Assert.Throws<InvalidOperationException>(() => state.Slots[0].Memory.Read(0, new byte[1]));
        Assert.Empty(vm.GetMemorySlots());
        using var again = new MemoryStream();
        state.Save(again);
        Assert.Equal(file.ToArray(), again.ToArray());
    }

    [Fact]
    public void Slots_of_one_memory_share_one_source_and_a_refused_slot_leaves_none()
    {
        PatternSource.Require();
        using var guest = Guest.Create(GuestMode.Protected, static code => code.hlt());
        using var memory = GuestMemory.AllocateShared(3 * Page);
        memory.Write(2 * Page, 77);
        guest.Vm.MapMemory(Far, memory, slot: 5);
        guest.Vm.MapMemory(2 * Far, memory, slot: 6);
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var vm = guest.Host.CreateVm();
        var asked = 0;

        using (var taken = vm.MapMemory(2 * Far, memory, slot: 6))
        {
            Assert.ThrowsAny<ArgumentException>(() => state.RestoreMemoryTo(vm, static slot => slot.Memory));
            Assert.Equal([6], vm.GetMemorySlots().Select(static slot => slot.Number));
        }
        var supplies = state.RestoreMemoryTo(
            vm,
            slot =>
            {
                asked++;
                return slot.Memory;
            }
        );

        Assert.Equal(supplies.Count, asked);
        Assert.Equal(state.Slots.Select(static slot => slot.Memory).Distinct().Count(), asked);
        Assert.Equal((77, 77), (vm.Memory.Read<int>(Far + 2 * Page), vm.Memory.Read<int>(2 * Far + 2 * Page)));
        vm.Memory.Write(Far, 5);
        Assert.Equal(5, vm.Memory.Read<int>(2 * Far));
    }
}
