using System.Threading;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Interrupts of devices that the loop serves.</summary>
[Trait("Needs", "Kvm")]
public class VirtioInterruptTests
{
    private const int Vector = 0x41;

    [Fact]
    public void Loop_serves_what_a_guest_rings_for_and_interrupts()
    {
        EchoDevice device = new();
        using RingingMachine guest = new(device, RingAndAwaitTheInterrupt);
        guest.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal((1, 0), (device.ServedOnLoop, device.ServedElsewhere));
        Assert.Equal(1u, guest.Driver.Read(0x60));
        Assert.Equal(1, guest.Driver.UsedIndex);
    }

    [Fact]
    public void Device_interrupts_by_an_irqfd_too()
    {
        EchoDevice device = new();
        IrqfdLine? line = null;
        using RingingMachine guest = new(
            machine =>
            {
                line = new(machine.Vm, 16);
                VirtioMmioTransport transport = new(device, machine.Vm.Memory, line);
                machine.Buses.Mmio.Add(RingingMachine.Registers, VirtioMmioTransport.Size, transport);
                device.Loop = machine.Loop;
                return transport;
            },
            RingAndAwaitTheInterrupt
        );
        using var lineUntilTheEnd = line!;
        using var doorbells = guest.Driver.Transport.ServeOn(guest.Machine.Loop, guest.Machine.Vm, RingingMachine.Registers);
        Assert.Equal((16u, true), (line!.Gsi, line.IsEdgeTriggered));
        guest.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal((1, 0), (device.ServedOnLoop, device.ServedElsewhere));
    }

    [Theory]
    [InlineData(false, new[] { true, false })]
    [InlineData(true, new[] { true, true, false })] // A pulse for each reason.
    public void Line_is_raised_for_a_reason_that_comes_before_the_last_is_acknowledged(bool isEdgeTriggered, bool[] levels)
    {
        using TestDriver driver = new(new EchoDevice());
        driver.Line.IsEdgeTriggered = isEdgeTriggered;
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        driver.Offer(0);
        driver.Transport.NoteConfigurationChange();
        Assert.Equal(3u, driver.Read(0x60));
        driver.Write(0x64, 1);
        driver.Write(0x64, 2);
        Assert.Equal(levels, driver.Line.Levels);
    }

    [Fact]
    public void Acknowledging_an_interrupt_does_not_wait_for_a_request()
    {
        using ManualResetEventSlim mayServe = new();
        EchoDevice device = new(mayServe);
        using RingingMachine guest = new(device, static code => RingingGuest.RingAndPoll(code, 1));
        guest.Start();
        Assert.True(device.Entered.Wait(RingingMachine.Patience));
        Assert.Equal(0u, guest.Driver.Read(0x60)); // While the device is inside of Serve.
        guest.Driver.Write(0x64, 1);
        mayServe.Set();
        guest.Wait();
        Assert.Equal(1u, guest.Driver.Read(0x60));
    }

    // The line's pin leads to a vector, and the local APIC shows what is pending. Source: SDM 3A 11.8.4, 82093AA.
    private static void RingAndAwaitTheInterrupt(Assembler code)
    {
        var poll = code.CreateLabel();
        code.mov(ebx, 0xFEE0_0000u);
        code.mov(__dword_ptr[rbx + 0xF0], 0x1FFu);
        code.mov(ebx, 0xFEC0_0000u);
        code.mov(__dword_ptr[rbx], 0x10u + 2 * 16);
        code.mov(__dword_ptr[rbx + 0x10], (uint)Vector);
        code.mov(ebx, RingingMachine.Registers + 0x50);
        code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
        code.mov(__dword_ptr[rbx], 0);
        code.mov(ebx, 0xFEE0_0200u + Vector / 32 * 0x10);
        code.Label(ref poll);
        code.mov(eax, __dword_ptr[rbx]);
        code.test(eax, 1 << Vector % 32);
        code.je(poll);
        RingingGuest.Exit(code);
    }
}
