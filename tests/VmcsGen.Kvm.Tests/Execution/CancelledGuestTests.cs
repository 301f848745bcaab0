using System;
using System.Buffers.Binary;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Guests of the software processor on KVM whose turn a token ends.</summary>
public class CancelledGuestTests
{
    private const ulong Handler = 0x9000;
    private const ulong Idt = 0x6000;
    private const ulong Gdt = 0x6800;
    private const byte Vector = 0x30;
    private static readonly int s_cancellations = TestHost.Many(100, emulated: 25);
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(TestHost.Many(1, emulated: 10));

    public static TheoryData<NestedMode> Modes => [NestedMode.Real, NestedMode.Protected, NestedMode.SixtyFourBit];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_guest_that_loops_for_ever_is_left_and_goes_on(NestedMode mode)
    {
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.cmp(eax, 0);
                code.je(loop);
                code.cpuid();
            }
        );

        Cancel(machine);
        Cancel(machine);

        Assert.InRange((ulong)machine.Vcpu.Vmcs.GuestRip, NestedMachine.Code, NestedMachine.Code + 6);
        machine.Vcpu.Registers.Rax = 1;
        machine.RunTo(BasicExitReason.Cpuid);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_guest_that_is_left_many_times_has_counted_exactly(NestedMode mode)
    {
        // In EAX and in memory, until ESI says that it is enough.
        using var machine = new NestedMachine(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(eax);
                code.inc(__dword_ptr[(int)NestedMachine.Data]);
                code.cmp(esi, 0);
                code.je(loop);
                code.cpuid();
            }
        );
        var before = 0UL;
        // A slow machine spends whole turns on the way into the guest.
        for (var i = 0; i < s_cancellations || (before == 0 && i < 100 * s_cancellations); i++)
        {
            Cancel(machine);
            var (inRegister, inMemory) = (machine.Vcpu.Registers.Rax, CountInMemory(machine));
            // Between the two, or not.
            Assert.InRange(inRegister - inMemory, 0ul, 1ul);
            Assert.True(inRegister >= before);
            before = inRegister;
        }
        Assert.NotEqual(0UL, before);
        machine.Vcpu.Registers.Rsi = 1;
        machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal(machine.Vcpu.Registers.Rax, CountInMemory(machine));
    }

    [Fact]
    public void A_guest_that_is_left_many_times_ends_with_the_count_that_it_had_alone()
    {
        // A guest that is through before it was left often was too short for this machine.
        for (var rounds = 2_000u; !IsLeftOftenAndCounts(rounds); rounds *= 4)
            Assert.True(rounds < uint.MaxValue / 4, "The guest ends whatever its length before it is left often.");
    }

    [Fact]
    public void A_token_that_is_cancelled_before_leaves_the_guest_where_it_is()
    {
        using var machine = new NestedMachine(NestedMode.SixtyFourBit, static code => code.cpuid());

        Assert.Throws<OperationCanceledException>(() => machine.Vcpu.Run(new CancellationToken(canceled: true)));

        Assert.Equal(NestedMachine.Code, (ulong)machine.Vcpu.Vmcs.GuestRip);
        machine.RunTo(BasicExitReason.Cpuid);
    }

    [Fact]
    public void An_event_that_is_injected_or_taken_when_the_guest_is_left_is_delivered_once()
    {
        using var machine = new NestedMachine(
            NestedMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(eax);
                code.cmp(esi, 0);
                code.je(loop);
                code.cpuid();
            }
        );
        machine.Place(
            Handler,
            static code =>
            {
                code.inc(edi);
                code.iret();
            }
        );
        BinaryPrimitives.WriteUInt32LittleEndian(machine.GuestBytes[(Vector * 4)..], (uint)Handler);
        var vmcs = machine.Vcpu.Vmcs;
        vmcs.GuestIdtrLimit = 0x3FF;
        vmcs.GuestRflags = 0x202;
        vmcs.PinBasedControls = vmcs.PinBasedControls with { ExternalInterruptExiting = false };
        for (var i = 0; i < s_cancellations; i++)
        {
            if (i % 2 == 0)
                machine.Processor.Pend(VmxEvent.ExternalInterrupt(Vector));
            else
                vmcs.EntryInterruptionInformation = new() { Valid = true, Vector = Vector };
            // Often while it is on its way.
            using (var source = new CancellationTokenSource())
            {
                var canceler = new Thread(source.Cancel);
                canceler.Start();
                if (i % 3 == 0)
                    canceler.Join();
                Assert.ThrowsAny<OperationCanceledException>(() => machine.Vcpu.Run(source.Token));
                canceler.Join();
            }
            // Whatever was still to come.
            while (machine.Vcpu.Registers.Rdi == (ulong)i)
                Cancel(machine);
            // Out of the handler, where it takes interrupts again.
            while ((vmcs.GuestRflags & 0x200) == 0)
                Cancel(machine);
        }
        machine.Vcpu.Registers.Rsi = 1;
        machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal((ulong)s_cancellations, machine.Vcpu.Registers.Rdi);
    }

    [Fact]
    public void A_guest_whose_event_leads_to_a_handler_that_nobody_expected_is_left_too()
    {
        using var machine = new NestedMachine(NestedMode.SixtyFourBit, static code => code.jmp(NestedMachine.Code));
        const ulong Other = 0xA000;
        machine.Place(Other, static code => code.jmp(Other));
        AddIdt(machine, Handler);
        // Not present: #NP instead, whose handler never ends.
        BinaryPrimitives.WriteUInt64LittleEndian(machine.GuestBytes[((int)Idt + (11 * 16))..], 0x8E00_0008_0000 | Other);
        BinaryPrimitives.WriteUInt64LittleEndian(machine.GuestBytes[((int)Idt + (Vector * 16))..], 0x0E00_0008_0000 | Handler);
        var vmcs = machine.Vcpu.Vmcs;
        vmcs.EntryInterruptionInformation = new() { Valid = true, Vector = Vector };
        vmcs.GuestRflags = 0x202;

        for (var i = 0; i < s_cancellations && (ulong)vmcs.GuestRip == NestedMachine.Code; i++)
            Cancel(machine);
        Cancel(machine);

        Assert.Equal(Other, (ulong)machine.Vcpu.Vmcs.GuestRip);
    }

    private static bool IsLeftOftenAndCounts(uint rounds)
    {
        using var machine = new NestedMachine(
            NestedMode.SixtyFourBit,
            code =>
            {
                var loop = code.CreateLabel();
                code.mov(ecx, rounds);
                code.Label(ref loop);
                code.inc(rax);
                code.loop(loop);
                code.cpuid();
            }
        );
        var isLeftOften = true;
        for (var i = 0; i < s_cancellations && isLeftOften; i++)
        {
            isLeftOften = IsLeft(machine);
            // Not even begun, or between the two instructions of a round.
            if (machine.Vcpu.Registers.Rcx != 0)
                Assert.InRange(machine.Vcpu.Registers.Rax + machine.Vcpu.Registers.Rcx, rounds, rounds + 1);
        }
        if (isLeftOften)
            machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal((rounds, 0UL), (machine.Vcpu.Registers.Rax, machine.Vcpu.Registers.Rcx));
        return isLeftOften;
    }

    private static void Cancel(NestedMachine machine) => Assert.True(IsLeft(machine), "The guest came to its own end.");

    // The guest's turn, or what was left of it until CPUID.
    private static bool IsLeft(NestedMachine machine)
    {
        using var source = new CancellationTokenSource(s_turn);
        try
        {
            var exit = machine.Vcpu.Run(source.Token);
            Assert.Equal(BasicExitReason.Cpuid, exit.BasicReason);
            return false;
        }
        catch (OperationCanceledException canceled)
        {
            Assert.Equal(source.Token, canceled.CancellationToken);
            return true;
        }
    }

    private static uint CountInMemory(NestedMachine machine) =>
        BinaryPrimitives.ReadUInt32LittleEndian(machine.GuestBytes[(int)NestedMachine.Data..]);

    // Interrupt gates of 64-bit mode to the code segment of the GDT.
    private static void AddIdt(NestedMachine machine, ulong handler)
    {
        var guest = machine.GuestBytes;
        for (var vector = 0; vector < 0x40; vector++)
            BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Idt + (vector * 16))..], 0x8E00_0008_0000 | handler);
        BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Gdt + 8)..], 0x00AF_9B00_0000_FFFF);
        BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Gdt + 16)..], 0x00CF_9300_0000_FFFF);
        var access = machine.Vcpu.Vmcs.Access;
        access.Write(VmcsField.GuestIdtrBase, Idt);
        access.Write(VmcsField.GuestIdtrLimit, 0x7FF);
        access.Write(VmcsField.GuestGdtrBase, Gdt);
        access.Write(VmcsField.GuestGdtrLimit, 0x17);
    }
}
