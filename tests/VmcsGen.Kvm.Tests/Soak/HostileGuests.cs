using System;
using System.Collections.Generic;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>
/// Guests that break themselves, or try to break their host: each of their exits is one that the library knows, they can be
/// stopped at any time, and afterwards the next guest runs as if nothing had been.
/// </summary>
public class HostileGuests
{
    private const byte Port = 0x11;

    // For guests that may as well loop for ever.
    private const int Briefly = 300;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Jump_to_where_no_memory_is(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.hlt());
        guest.Place(Guest.CodeAddress, code => Jump(code, guest));

        var seen = RunFor(guest, exits: 100);

        // Nothing can be fetched there, and the emulator that tries to, as for MMIO, gives up. At CPL 3 the guest is given #UD instead,
        // unless KVM_CAP_EXIT_ON_EMULATION_FAILURE is enabled, and dies of it without an IDT.
        Assert.Equal(
            1,
            seen.GetValueOrDefault(KvmExitReason.InternalError)
                + (mode == GuestMode.LongUser ? seen.GetValueOrDefault(KvmExitReason.Shutdown) : 0)
        );
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Write_over_every_page_from_the_last_to_the_first(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                // Downwards, so that code, tables and stack are overwritten one after the other.
                code.std();
                code.mov(edi, 0xFFFF);
                code.mov(ecx, 0x1_0000);
                code.mov(al, 0xFF);
                if (code.Bitness == 16)
                    code.db(0x67); // Address size: counts in ECX.
                code.rep.stosb();
                code.hlt();
            }
        );

        Worker.Await(() =>
        {
            RunFor(guest, exits: 1000, Briefly);
            return guest.Memory.Read<byte>(Guest.CodeAddress + 0x40) == 0xFF; // Near the instruction that does it.
        });

        Assert.Equal(0xFF, guest.Memory.Read<byte>(0xFFFF));
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Exits_for_ever(GuestMode mode)
    {
        using var guest = Guest.Create(mode, GuestPrograms.ReportForEver);

        var seen = RunFor(guest, exits: 5_000);

        Assert.Equal(5_000, seen[KvmExitReason.Io]);
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Triple_fault(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.ud2());
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Idt = default;
        guest.Vcpu.SetSregs(sregs);

        var seen = RunFor(guest, exits: 100, mode == GuestMode.Real ? Briefly : Timeout.Infinite);

        // In real mode KVM's emulator reads the interrupt table without regard to its limit, and finds the address 0.
        if (mode != GuestMode.Real)
            Assert.Equal(1, seen[KvmExitReason.Shutdown]);
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Reads_and_writes_of_unknown_MSRs(GuestMode mode)
    {
        var number = TestHost.Many(500, emulated: 40);
        var random = new Random(1);
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.@in(eax, Port);
                code.mov(ecx, eax);
                code.rdmsr();
                code.not(eax);
                code.wrmsr();
                code.jmp(loop);
            },
            static vm => vm.EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)KvmMsrExitReason.Unknown),
            KvmCapability.X86UserSpaceMsr
        );
        var (reads, writes) = (0, 0);

        for (var i = 0; i < number; i++)
        {
            // None that KVM knows: it knows those of low numbers, the 0xC000xxxx and its own at 0x4xxxxxxx.
            var msr = (uint)random.NextInt64(0xD000_0000, 0x1_0000_0000);
            guest.RunToIn(Port, msr);
            var read = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
            Assert.Equal(msr, read.Index);
            read.Answer(0x1122_3344);
            reads++;
            var write = guest.RunTo(KvmExitReason.X86Wrmsr).Msr;
            Assert.Equal((msr, ~0x1122_3344u), (write.Index, (uint)write.Data));
            writes++;
        }

        Assert.Equal((number, number), (reads, writes));
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Unknown_MSRs_without_a_handler_for_the_fault(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(ecx, 0xDEAD_0001);
                code.wrmsr();
                code.jmp(code.@F);
                code.AnonymousLabel();
                code.hlt();
            }
        );

        var seen = RunFor(guest, exits: 100, mode == GuestMode.Real ? Briefly : Timeout.Infinite);

        Assert.True(mode == GuestMode.Real || seen.ContainsKey(KvmExitReason.Shutdown), string.Join(", ", seen));
        AssertNextGuestRuns(mode);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Code_at_random(GuestMode mode)
    {
        var programs = TestHost.Many(40, emulated: 8);
        var before = KvmResources.Count();
        for (var program = 0; program < programs; program++)
        {
            var random = new Random(program);
            using var guest = Guest.Create(mode, static code => code.hlt());
            var bytes = new byte[0x1000];
            random.NextBytes(bytes);
            // Not VMCALL and its relatives, for which some KVMs return to nobody.
            for (var i = 0; i + 1 < bytes.Length; i++)
            {
                if (bytes[i] == 0x0F && bytes[i + 1] == 0x01)
                    bytes[i] = 0x90;
            }
            guest.Memory.Write(Guest.CodeAddress, bytes);
            var regs = default(KvmRegs);
            (regs.Rax, regs.Rbx, regs.Rcx, regs.Rdx) = (Next(), Next(), Next(), Next());
            (regs.Rsi, regs.Rdi, regs.Rbp) = (Next(), Next(), Next());
            guest.Restart(regs);

            RunFor(guest, exits: 300, Briefly);

            ulong Next() => (ulong)random.NextInt64(mode is GuestMode.LongSupervisor or GuestMode.LongUser ? 0x20_0000 : 0x1_0000);
        }
        Assert.Equal(before, KvmResources.Count());
        AssertNextGuestRuns(mode);
    }

    private static void Jump(Assembler code, Guest guest)
    {
        switch (guest.Mode)
        {
            case GuestMode.Real:
                code.push((short)(guest.Window >> 4));
                code.push((short)0x10);
                code.retf();
                break;
            case GuestMode.Protected:
                code.mov(eax, (uint)guest.Window + 0x10);
                code.jmp(eax);
                break;
            default:
                code.mov(rax, guest.Window + 0x10);
                code.jmp(rax);
                break;
        }
    }

    /// <summary>
    /// Runs until the guest cannot go on, or to a number of exits, or for some milliseconds. Whatever it asks for is answered
    /// with ones.
    /// </summary>
    /// <returns>How often it exited for which reason.</returns>
    private static Dictionary<KvmExitReason, int> RunFor(Guest guest, int exits, int milliseconds = Timeout.Infinite)
    {
        Dictionary<KvmExitReason, int> seen = [];
        using var source = new CancellationTokenSource();
        using var timer = new Timer(static source => ((CancellationTokenSource)source!).Cancel(), source, milliseconds, Timeout.Infinite);
        try
        {
            for (var i = 0; i < exits; )
            {
                var exit = guest.Vcpu.Run(source.Token);
                if (exit.Reason == KvmExitReason.Intr)
                {
                    Assert.False(guest.IsOverdue, "The guest does not exit.");
                    continue;
                }
                i++;
                Assert.True(exit.IsKnown, exit.ToString());
                Assert.NotEqual("", exit.ToString());
                seen[exit.Reason] = seen.GetValueOrDefault(exit.Reason) + 1;
                switch (exit.Reason)
                {
                    case KvmExitReason.Io when exit.Io.Direction == KvmIoDirection.In:
                        exit.Io.Data.Fill(0xFF);
                        break;
                    case KvmExitReason.Mmio when !exit.Mmio.IsWrite:
                        exit.Mmio.Answer(ulong.MaxValue);
                        break;
                    case KvmExitReason.Shutdown or KvmExitReason.InternalError or KvmExitReason.FailEntry:
                        return seen;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It does not exit.
        }
        return seen;
    }

    private static void AssertNextGuestRuns(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x600D);
                code.@out(Port, eax);
            }
        );
        Assert.Equal(0x600Du, guest.RunToOut(Port));
    }
}
