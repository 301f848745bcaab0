using System;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>
/// A span or reference does not keep the object that gave it away. What it points into stays nevertheless when the collector finds
/// that object, and says what it said.
/// </summary>
public class SpansOfForgottenObjects
{
    private const ulong Size = 0x10_0000;
    private const int Place = 0x8_0005;
    private const byte Mark = 0x5A;

    [Fact]
    public void Span_of_guest_memory()
    {
        var span = OfMemory(GuestMemory.Allocate(Size));

        Collect();

        Assert.Equal(Mark, span[Place]);
        span[Place] = 1;
    }

    [Fact]
    public void Span_of_guest_memory_with_a_file()
    {
        var span = OfMemory(GuestMemory.AllocateShared(Size));

        Collect();

        Assert.Equal(Mark, span[Place]);
        span[Place] = 1;
    }

    [Fact]
    public void Memory_of_which_no_span_was_taken_goes()
    {
        var address = Forget();

        Collect();

        Assert.False(KvmResources.IsMapped(address, 0x1000_0000));
    }

    [Fact]
    public void Memory_that_is_disposed_of_goes_with_its_spans()
    {
        var memory = GuestMemory.Allocate(0x1000_0000);
        var address = KvmResources.AddressOf(memory);
        memory.Span[0] = 1;

        memory.Dispose();

        Assert.False(KvmResources.IsMapped(address, 0x1000_0000));
    }

    [Fact]
    public void Span_by_guest_physical_address()
    {
        var span = OfVm();

        Collect();

        Assert.Equal(Mark, span[Place]);
        span[Place] = 1;
    }

    [Fact]
    public void Spans_of_several_slots_out_of_their_loop()
    {
        var span = OfLoop();

        Collect();

        Assert.Equal(Mark, span[Place]);
    }

    [Fact]
    public void Data_of_port_IO()
    {
        var span = OfExit();

        Collect();

        Assert.Equal([0x78, 0x56, 0x34, 0x12], span.ToArray());
        span[0] = 1;
    }

    [Fact]
    public void Run_page_and_synchronized_registers()
    {
        var before = KvmResources.Count();
        ref var page = ref OfVcpu(out var regs);

        Collect();

        Assert.Equal(KvmExitReason.Io, page.ExitReason);
        Assert.Equal(0x1234_5678u, Unsafe.AsRef(in regs[0]).Rax);
        Assert.Equal(before, KvmResources.CountWithoutCollecting()); // The kernel's side is gone all the same.
    }

    // Not inlined: the caller's frame must not keep what is forgotten here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Span<byte> OfMemory(GuestMemory memory)
    {
        memory.Write(Place, Mark);
        return memory.Span;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Forget()
    {
        var memory = GuestMemory.Allocate(0x1000_0000);
        memory.Write(0, 1);
        return KvmResources.AddressOf(memory);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Span<byte> OfVm()
    {
        var vm = VmWithMark();
        Assert.True(vm.Memory.TryGetSpan(0, (int)Size, out var span));
        return span;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Span<byte> OfLoop()
    {
        Span<byte> last = default;
        foreach (var span in VmWithMark().Memory.GetSpans(0, (int)Size))
            last = span;
        return last;
    }

    private static KvmVm VmWithMark()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        vm.MapMemory(0, GuestMemory.Allocate(Size));
        vm.Memory.Write(Place, Mark);
        return vm;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Span<byte> OfExit() => AtOut().Run().Io.Data;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ref KvmRun OfVcpu(out ReadOnlySpan<KvmRegs> regs)
    {
        var vcpu = AtOut();
        vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;
        vcpu.Run();
        regs = new(in vcpu.SyncRegs.Regs);
        return ref vcpu.RunPage;
    }

    private static KvmVcpu AtOut() =>
        Guest
            .Create(
                GuestMode.Real,
                static code =>
                {
                    code.mov(eax, 0x1234_5678);
                    code.@out(0x11, eax);
                }
            )
            .Vcpu;

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
