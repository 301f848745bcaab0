using System;
using System.IO;
using System.Threading;
using VmcsGen.Kvm;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Devices that the machine's event loop serves, with guests that ring.</summary>
[Trait("Needs", "Kvm")]
public class VirtioLoopTests
{
    [Fact]
    public void Requests_of_a_guest_are_served_one_by_one()
    {
        EchoDevice device = new();
        using RingingMachine guest = new(device, static code => RingingGuest.RingAndPoll(code, 200));
        guest.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal((200, 0), (device.ServedOnLoop, device.ServedElsewhere));
        Assert.Equal(200, guest.Driver.UsedIndex);
    }

    [Fact]
    public void Last_words_of_a_guest_are_served_before_its_end_is_told()
    {
        using MemoryStream output = new();
        using RingingMachine guest = new(
            new VirtioConsole(output),
            static code =>
            {
                code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
                code.mov(ebx, RingingMachine.Registers + 0x50);
                code.mov(__dword_ptr[rbx], 1);
                RingingGuest.Exit(code);
            }
        );
        guest.Driver.Begin(queue: 1);
        guest.Driver.Memory.Write(TestDriver.Data, "bye"u8);
        guest.Driver.Describe(0, TestDriver.Data, 3, 0);
        guest.Machine.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal("bye"u8.ToArray(), output.ToArray());
    }

    [Fact]
    public void Exception_of_a_device_ends_the_machine_and_surfaces()
    {
        using RingingMachine guest = new(new BrokenDevice(), static code => RingingGuest.RingAndPoll(code, 1));
        guest.Start();
        Assert.Equal("The device broke.", Assert.Throws<InvalidDataException>(() => guest.Wait()).Message);
    }

    [Fact]
    public void Guest_that_offers_without_end_leaves_the_loop_to_others()
    {
        EndlessDevice device = new();
        using RingingMachine guest = new(device, RingingGuest.Ring);
        device.Memory = guest.Driver.Memory;
        guest.Start();
        using ManualResetEventSlim passed = new();
        Assert.True(device.IsBusy.Wait(RingingMachine.Patience));
        guest.Machine.Loop.Post(passed.Set);
        Assert.True(passed.Wait(RingingMachine.Patience), "The loop serves nobody else.");
        guest.Machine.End(new(MachineEndReason.Stopped));
        guest.Wait();
    }

    [Fact]
    public void Disposed_doorbells_leave_the_device_to_the_vCPU()
    {
        EchoDevice device = new();
        const uint at = 0xC100_0000;
        using RingingMachine guest = new(
            machine =>
            {
                VirtioMmioTransport transport = new(device, machine.Vm.Memory, line: null);
                machine.Buses.Mmio.Add(at, VirtioMmioTransport.Size, transport);
                device.Loop = machine.Loop;
                return transport;
            },
            static code => RingingGuest.RingAndPoll(code, 1, at)
        );
        var doorbells = Serve();
        Assert.Throws<InvalidOperationException>(Serve);
        doorbells.Dispose();
        guest.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal((0, 1), (device.ServedOnLoop, device.ServedElsewhere));
        Serve().Dispose();

        IDisposable Serve() => guest.Driver.Transport.ServeOn(guest.Machine.Loop, guest.Machine.Vm, at);
    }

    private sealed class BrokenDevice : VirtioDevice
    {
        public override uint DeviceId => 0x3F;

        public override int QueueCount => 1;

        public override bool Serve(int index, Virtqueue queue) => throw new InvalidDataException("The device broke.");
    }

    /// <summary>Its guest offers a chain for each that comes back.</summary>
    private sealed class EndlessDevice : VirtioDevice
    {
        public GuestPhysicalMemory? Memory { get; set; }

        public ManualResetEventSlim IsBusy { get; } = new();

        public override uint DeviceId => 0x3F;

        public override int QueueCount => 1;

        public override bool Serve(int index, Virtqueue queue)
        {
            while (queue.TryTake(out var chain))
            {
                queue.Return(chain, 0);
                Memory!.Write(TestDriver.Available + 2, (ushort)(Memory!.Read<ushort>(TestDriver.Available + 2) + 1));
                IsBusy.Set();
            }
            return false;
        }
    }
}
