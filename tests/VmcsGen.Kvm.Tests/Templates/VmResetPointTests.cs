using System;
using System.Linq;
using System.Runtime.InteropServices;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Dirty;
using VmcsGen.Kvm.Tests.State;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Templates;

/// <summary>A VM is taken back to a moment, in its memory, its registers and its devices, as often as one likes.</summary>
public class VmResetPointTests
{
    private const byte Port = GuestPrograms.Port;
    private const int Page = 4096;

    private static readonly int s_times = TestHost.Many(300, emulated: 20, "VMCSGEN_RESETS");

    public static TheoryData<Computation> Computations { get; } = [.. Enum.GetValues<Computation>()];

    public static TheoryData<Tracking> Trackings { get; } = [.. Enum.GetValues<Tracking>()];

    [Theory, MemberData(nameof(Computations))]
    public void Guest_that_is_taken_back_computes_the_same_again(Computation computation)
    {
        using var guest = ComputingGuest.CreateStopped(computation);
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var expected = ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu);
        var random = new Random(7);

        for (var i = 0; i < 20; i++)
        {
            point.Reset();
            if (random.Next(2) == 0)
            {
                // Stopped in the midst of its work this time.
                guest.RunALittle();
                continue;
            }
            Assert.Equal(expected, ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu));
        }
        Assert.True(expected.AsSpan().ContainsAnyExcept((byte)0));
    }

    [Theory, MemberData(nameof(Trackings))]
    public void Memory_is_bit_for_bit_as_it_was_after_each_of_many_resets(Tracking tracking)
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code => GuestPrograms.WriteAnywhere(code, forEver: false),
            vm => Enable(vm, tracking)
        );
        new Random(1).NextBytes(guest.Memory.Span[0x2_0000..]);
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var before = guest.Memory.Span.ToArray();
        guest.Vcpu.GetRegs(out var regs);

        for (var i = 0; i < s_times; i++)
        {
            guest.RenewPatience();
            guest.Vcpu.SetRegs(regs with { Rax = (ulong)(i + 1), Rcx = 10 });
            guest.RunToOut(Port);
            Assert.False(before.AsSpan().SequenceEqual(guest.Memory.Span));

            point.Reset();

            Assert.True(before.AsSpan().SequenceEqual(guest.Memory.Span), $"After reset {i} the memory is another one.");
            guest.Vcpu.GetRegs(out var now);
            Assert.Equal(regs, now);
        }
    }

    [Fact]
    public void Registers_of_every_kind_are_as_they_were()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        using var before = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var vcpu = guest.Vcpu;

        vcpu.SetRegs(new KvmRegs { Rax = 1, Rflags = 2 });
        vcpu.GetSregs(out var sregs);
        sregs.Cr2 = 0x1234;
        sregs.Fs.Base = 0x5000;
        vcpu.SetSregs(sregs);
        vcpu.GetDebugregs(out var debug);
        debug.Db[0] = 0x4000;
        vcpu.SetDebugregs(debug);
        var xsave = vcpu.GetXsave2();
        xsave[32] ^= 0xFF; // ST0.
        xsave[512] |= 3;
        vcpu.SetXsave(xsave);
        Assert.Empty(vcpu.WriteMsrs([new KvmMsrEntry { Index = 0xC000_0102, Data = 0x7777 }])); // KERNEL_GS_BASE.
        point.Reset();

        using var after = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var (then, now) = (before.Vcpus[0], after.Vcpus[0]);
        Assert.Equal(then.Regs, now.Regs);
        Assert.Equal(Bytes(then.Sregs), Bytes(now.Sregs));
        Assert.Equal(Bytes(then.DebugRegs!.Value), Bytes(now.DebugRegs!.Value));
        Assert.Equal(then.Xsave!.AsSpan(0, 512).ToArray(), now.Xsave!.AsSpan(0, 512).ToArray());
        Assert.Equal(then.FindMsr(0xC000_0102), now.FindMsr(0xC000_0102));
        Assert.Equal(Bytes(then.Events!.Value), Bytes(now.Events!.Value));
        Assert.Equal(then.MultiprocessingState, now.MultiprocessingState);
    }

    [Fact]
    public void What_the_VMM_writes_is_taken_back_if_it_says_so()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var before = guest.Memory.Span.ToArray();

        point.Write(0x1FFE, [1, 2, 3, 4]);
        guest.Memory.Write(0x5000, 7);
        point.NoteWrite(0x5000, 4);
        point.NoteWrite(0xFFFF_0000, 4); // Where no slot is.
        point.NoteWrite(0x6000, 0);
        point.Reset();

        Assert.True(before.AsSpan().SequenceEqual(guest.Memory.Span));
        Assert.Equal(3, point.LastPageCount);
        point.Reset();
        Assert.Equal(0, point.LastPageCount);
    }

    [Fact]
    public void Write_that_is_noted_up_to_the_last_address_there_is_is_taken_back()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var before = guest.Memory.Span.ToArray();
        guest.Memory.Span[0x5000..].Fill(1);

        point.NoteWrite(0x5000, ulong.MaxValue);
        point.Reset();

        Assert.True(before.AsSpan().SequenceEqual(guest.Memory.Span));
        Assert.Equal((guest.Memory.Span.Length - 0x5000) / Page, point.LastPageCount);
    }

    [Fact]
    public void Point_that_was_disposed_of_leaves_the_memory_alone()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        point.Write(0x5000, [1, 2, 3, 4]);
        point.Dispose();
        point.Dispose();

        Assert.Throws<ObjectDisposedException>(point.Reset);
        Assert.Equal(0x0403_0201, guest.Memory.Read<int>(0x5000));
    }

    [Theory]
    [InlineData(GuestMode.LongSupervisor)]
    [InlineData(GuestMode.LongUser)]
    public void Instruction_whose_exit_nobody_answered_is_abandoned(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.or(__word_ptr[rbx], 1);
                code.xchg(__qword_ptr[rbx], rax);
                code.movsb();
                code.@in(al, Port);
                code.@out(Port, al);
            }
        );
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rbx = guest.Window + 0x10, Rsi = guest.Window, Rdi = guest.Window + 0x20 });
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);

        for (var exits = 1; exits <= 8; exits++)
        {
            for (var i = 0; i < exits; i++)
                guest.Run();
            point.Reset();
            var exit = guest.RunTo(KvmExitReason.Mmio);
            Assert.Equal((guest.Window + 0x10, false), (exit.Mmio.Address, exit.Mmio.IsWrite));
            point.Reset();
        }
    }

    // Whoever translates addresses, the processor or KVM, must see that the page tables are others again.
    [Fact]
    public void Page_tables_that_the_guest_changed_are_in_force_as_they_were()
    {
        const ulong Directory = 0x1_9000,
            Table = 0x1_A000,
            One = 0x1_B000,
            Other = 0x1_C000,
            Linear = 0x8000_0000;
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                var again = code.CreateLabel();
                code.Label(ref again);
                code.mov(rax, __qword_ptr[rbx]);
                code.@out(Port, eax);
                code.mov(__qword_ptr[rdx], rcx); // Another page.
                code.invlpg(__byte_ptr[rbx]);
                code.mov(rax, __qword_ptr[rbx]);
                code.@out(Port, eax);
                code.jmp(again);
            }
        );
        guest.Vcpu.GetSregs(out var sregs);
        var pdpt = guest.Memory.Read<ulong>(sregs.Cr3 & ~0xFFFul) & ~0xFFFul & 0xF_FFFF_FFFF;
        guest.Memory.Write(pdpt + 2 * 8, Directory | 3);
        guest.Memory.Write(Directory, Table | 3);
        guest.Memory.Write(Table, One | 3);
        guest.Memory.Write(One, 0x1111);
        guest.Memory.Write(Other, 0x2222);
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rbx = Linear, Rdx = Table, Rcx = Other | 3 });
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal((0x1111u, 0x2222u), (guest.RunToOut(Port), guest.RunToOut(Port)));
            if (i % 3 == 0)
                Assert.Equal(0x2222u, guest.RunToOut(Port));
            point.Reset();
        }
    }

    [Theory, MemberData(nameof(Trackings))]
    public void Reset_allocates_nothing(Tracking tracking)
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code => GuestPrograms.WriteAnywhere(code, forEver: false),
            vm => Enable(vm, tracking)
        );
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        guest.Vcpu.GetRegs(out var regs);
        Round(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Round(100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round(int times)
        {
            for (var i = 0; i < times; i++)
            {
                guest.Vcpu.SetRegs(regs with { Rax = 77, Rcx = 10 });
                while (guest.Vcpu.Run().Reason != KvmExitReason.Io) { }
                point.Reset();
            }
        }
    }

    [Fact]
    public void Aliases_and_read_only_slots_are_taken_back_too()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => GuestPrograms.WriteAnywhere(code, forEver: false));
        using var rom = GuestMemory.Allocate(Page);
        guest.Vm.MapMemory(0x3000_0000, rom, KvmMemoryRegionFlags.Readonly);
        using var alias = guest.Vm.MapMemory(0x2000_0000, guest.Memory);
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var before = guest.Memory.Span.ToArray();
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rax = 5, Rcx = 20 });
        guest.RunToOut(Port);

        point.Reset();

        Assert.True(before.AsSpan().SequenceEqual(guest.Memory.Span));
    }

    private static void Enable(KvmVm vm, Tracking tracking)
    {
        if (tracking == Tracking.Ring && vm.Check(KvmCapability.DirtyLogRing) <= 0 && vm.Check(KvmCapability.DirtyLogRingAcqRel) <= 0)
            Assert.Skip("This host has no dirty rings.");
        DirtyTracker.Enable(tracking, vm);
    }

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
