using System;
using System.IO;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Devices that the machine's event loop serves, with guests that ring.</summary>
[Trait("Needs", "Kvm")]
public class VirtioLoopTests
{
    private const ulong Address = 0x20_0000;
    private const uint Registers = 0xD000_0000;
    private const int Vector = 0x41;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Loop_serves_what_a_guest_rings_for_and_interrupts()
    {
        EchoDevice device = new();
        using var host = TestHost.Open();
        using var machine = Make(host, device, out var driver, RingAndAwaitTheInterrupt);
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal((1, 0), (device.ServedOnLoop, device.ServedElsewhere));
        Assert.Equal(1u, driver.Read(0x60));
        Assert.Equal(1, driver.UsedIndex);
    }

    [Fact]
    public void Device_interrupts_by_an_irqfd_too()
    {
        EchoDevice device = new();
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = TestDriver.MemorySize });
        using IrqfdLine line = new(machine.Vm, 16);
        Assert.Equal((16u, true), (line.Gsi, line.IsEdgeTriggered));
        const ulong at = Registers;
        VirtioMmioTransport transport = new(device, machine.Vm.Memory, line);
        machine.Buses.Mmio.Add(at, VirtioMmioTransport.Size, transport);
        device.Loop = machine.Loop;
        using var doorbells = transport.ServeOn(machine.Loop, machine.Vm, at);
        using TestDriver driver = new(machine, transport);
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        Load(machine, RingAndAwaitTheInterrupt);
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal((1, 0), (device.ServedOnLoop, device.ServedElsewhere));
    }

    [Theory]
    [InlineData(false, new[] { true, false })]
    [InlineData(true, new[] { true, true, false })] // A pulse for each reason.
    public void Line_is_raised_for_a_reason_that_comes_before_the_last_is_acknowledged(bool isEdgeTriggered, bool[] levels)
    {
        EchoDevice device = new();
        using TestDriver driver = new(device);
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
    public void Requests_of_a_guest_are_served_one_by_one()
    {
        EchoDevice device = new();
        using var host = TestHost.Open();
        using var machine = Make(host, device, out var driver, static code => RingAndPoll(code, 200));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal((200, 0), (device.ServedOnLoop, device.ServedElsewhere));
        Assert.Equal(200, driver.UsedIndex);
    }

    [Fact]
    public void Ring_that_nobody_has_served_yet_is_served_after_a_snapshot()
    {
        using MemoryStream snapshot = new();
        using var host = TestHost.Open();
        using (var machine = Make(host, new EchoDevice(), out var driver, static code => RingAndPoll(code, 3)))
        {
            driver.Begin();
            driver.Describe(0, TestDriver.Data, 4, 2);
            using (machine.Loop.Pause())
            {
                machine.Start();
                Assert.True(SpinWait.SpinUntil(() => driver.Memory.Read<ushort>(TestDriver.Available + 2) == 1, s_patience));
                // It polls by now, or has still to ring; nobody serves it.
                machine.Save(snapshot);
                Assert.Equal(0, driver.UsedIndex);
            }
            Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        }
        snapshot.Position = 0;
        EchoDevice device = new();
        using var other = Make(host, device, out var otherDriver, static code => code.hlt());
        other.Restore(snapshot);
        other.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(other));
        Assert.Equal(3, otherDriver.UsedIndex);
    }

    [Fact]
    public void Snapshots_in_the_middle_of_requests_go_on()
    {
        using var host = TestHost.Open();
        using var machine = Make(host, new EchoDevice(), out var driver, static code => RingAndPoll(code, int.MaxValue));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        for (var i = 0; i < 3; i++)
        {
            AwaitProgress(driver);
            using MemoryStream snapshot = new();
            machine.Save(snapshot);
            snapshot.Position = 0;
            using var other = Make(host, new EchoDevice(), out var otherDriver, static code => code.hlt());
            other.Restore(snapshot);
            other.Start();
            AwaitProgress(otherDriver);
        }

        static void AwaitProgress(TestDriver driver)
        {
            var at = driver.UsedIndex;
            Assert.True(
                SpinWait.SpinUntil(() => (ushort)(driver.UsedIndex - at) is > 20 and < 0x8000, s_patience),
                $"It stands still at {at}."
            );
        }
    }

    [Fact]
    public void Pause_waits_for_the_request_that_is_served()
    {
        using ManualResetEventSlim mayServe = new();
        EchoDevice device = new(mayServe);
        using var host = TestHost.Open();
        using var machine = Make(host, device, out var driver, static code => RingAndPoll(code, 1));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        Assert.True(device.Entered.Wait(s_patience));
        using Timer timer = new(_ => mayServe.Set(), null, 50, Timeout.Infinite);
        using (machine.Pause())
            Assert.Equal(1, driver.UsedIndex);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
    }

    [Fact]
    public void Acknowledging_an_interrupt_does_not_wait_for_a_request()
    {
        using ManualResetEventSlim mayServe = new();
        EchoDevice device = new(mayServe);
        using var host = TestHost.Open();
        using var machine = Make(host, device, out var driver, static code => RingAndPoll(code, 1));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        Assert.True(device.Entered.Wait(s_patience));
        Assert.Equal(0u, driver.Read(0x60)); // While the device is inside of Serve.
        driver.Write(0x64, 1);
        mayServe.Set();
        Wait(machine);
        Assert.Equal(1u, driver.Read(0x60));
    }

    [Fact]
    public void Machine_that_ends_during_a_pause_can_be_waited_for()
    {
        using var host = TestHost.Open();
        using var machine = Make(host, new EchoDevice(), out var driver, static code => RingAndPoll(code, int.MaxValue));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        using (machine.Pause())
        {
            machine.End(new(MachineEndReason.Stopped));
            Assert.Equal(new MachineEnd(MachineEndReason.Stopped), Wait(machine));
        }
    }

    [Fact]
    public void Last_words_of_a_guest_are_served_before_its_end_is_told()
    {
        using var host = TestHost.Open();
        using MemoryStream output = new();
        using PcMachine machine = new(host, new() { MemorySize = TestDriver.MemorySize });
        using TestDriver driver = new(machine, machine.AddVirtio(new VirtioConsole(output)));
        driver.Begin(queue: 1);
        driver.Memory.Write(TestDriver.Data, "bye"u8);
        driver.Describe(0, TestDriver.Data, 3, 0);
        Load(
            machine,
            static code =>
            {
                code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
                code.mov(ebx, Registers + 0x50);
                code.mov(__dword_ptr[rbx], 1);
                Exit(code);
            }
        );
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal("bye"u8.ToArray(), output.ToArray());
    }

    [Fact]
    public void Serving_a_disk_allocates_nothing()
    {
        using MeteredDisk disk = new();
        using VirtioBlock block = new(disk);
        using var host = TestHost.Open();
        using var machine = Make(host, block, out var driver, static code => RingAndPoll(code, 400));
        driver.Begin();
        driver.Memory.Write(TestDriver.Data, 0u);
        driver.Describe(0, TestDriver.Data, 16, 1, 1);
        driver.Describe(1, TestDriver.Data + 0x1000, 512, 3, 2);
        driver.Describe(2, TestDriver.Data + 0x4000, 1, 2);
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal((400, 0L), (disk.Reads, disk.Allocated));
    }

    [Fact]
    public void Exception_of_a_device_ends_the_machine_and_surfaces()
    {
        using var host = TestHost.Open();
        using var machine = Make(host, new BrokenDevice(), out var driver, static code => RingAndPoll(code, 1));
        driver.Begin();
        machine.Start();
        Assert.Equal("The device broke.", Assert.Throws<InvalidDataException>(() => Wait(machine)).Message);
    }

    [Fact]
    public void Guest_that_offers_without_end_leaves_the_loop_to_others()
    {
        using var host = TestHost.Open();
        EndlessDevice device = new();
        using var machine = Make(host, device, out var driver, Ring);
        device.Memory = driver.Memory;
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        machine.Start();
        using ManualResetEventSlim passed = new();
        Assert.True(device.IsBusy.Wait(s_patience));
        machine.Loop.Post(passed.Set);
        Assert.True(passed.Wait(s_patience), "The loop serves nobody else.");
        machine.End(new(MachineEndReason.Stopped));
        Wait(machine);
    }

    [Fact]
    public void Disposed_doorbells_leave_the_device_to_the_vCPU()
    {
        EchoDevice device = new();
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = TestDriver.MemorySize });
        const ulong at = 0xC100_0000;
        VirtioMmioTransport transport = new(device, machine.Vm.Memory, line: null);
        machine.Buses.Mmio.Add(at, VirtioMmioTransport.Size, transport);
        device.Loop = machine.Loop;
        var doorbells = transport.ServeOn(machine.Loop, machine.Vm, at);
        Assert.Throws<InvalidOperationException>(() => transport.ServeOn(machine.Loop, machine.Vm, at));
        doorbells.Dispose();
        using TestDriver driver = new(machine, transport);
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 4, 2);
        Load(machine, static code => RingAndPoll(code, 1, (uint)at));
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), Wait(machine));
        Assert.Equal((0, 1), (device.ServedOnLoop, device.ServedElsewhere));
        transport.ServeOn(machine.Loop, machine.Vm, at).Dispose();
    }

    private static PcMachine Make(KvmHost host, VirtioDevice device, out TestDriver driver, Action<Assembler> write)
    {
        PcMachine machine = new(host, new() { MemorySize = TestDriver.MemorySize });
        driver = new(machine, machine.AddVirtio(device));
        if (device is EchoDevice echo)
            echo.Loop = machine.Loop;
        Load(machine, write);
        return machine;
    }

    private static void Load(PcMachine machine, Action<Assembler> write) =>
        machine.Load(new FlatImage(ImageFile.FromMemory("guest", SmallGuest.Assemble(64, Address, write)), Address, BootProtocol.LongMode));

    private static MachineEnd Wait(PcMachine machine)
    {
        using CancellationTokenSource patience = new(s_patience);
        return machine.Wait(patience.Token);
    }

    private static void Ring(Assembler code)
    {
        code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
        code.mov(ebx, Registers + 0x50);
        code.mov(__dword_ptr[rbx], 0);
        code.hlt();
    }

    // Offers descriptor 0 again and again, and polls until it is back.
    private static void RingAndPoll(Assembler code, int times, uint registers = Registers)
    {
        var next = code.CreateLabel();
        var poll = code.CreateLabel();
        code.mov(ebx, registers + 0x50);
        code.xor(ecx, ecx);
        code.Label(ref next);
        code.inc(ecx);
        code.mov(__word_ptr[(long)TestDriver.Available + 2], cx);
        code.mov(__dword_ptr[rbx], 0);
        code.Label(ref poll);
        code.pause();
        code.cmp(__word_ptr[(long)TestDriver.Used + 2], cx);
        code.jne(poll);
        code.cmp(ecx, times);
        code.jne(next);
        Exit(code);
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
        code.mov(ebx, Registers + 0x50);
        code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
        code.mov(__dword_ptr[rbx], 0);
        code.mov(ebx, 0xFEE0_0200u + Vector / 32 * 0x10);
        code.Label(ref poll);
        code.mov(eax, __dword_ptr[rbx]);
        code.test(eax, 1 << Vector % 32);
        code.je(poll);
        Exit(code);
    }

    private static void Exit(Assembler code)
    {
        code.xor(eax, eax);
        code.@out(0xF4, al);
        code.hlt();
    }

    private sealed class EchoDevice(ManualResetEventSlim? mayServe = null) : VirtioDevice
    {
        public EventLoop? Loop { get; set; }

        public int ServedOnLoop { get; private set; }

        public int ServedElsewhere { get; private set; }

        public ManualResetEventSlim Entered { get; } = new();

        public override uint DeviceId => 0x3F;

        public override int QueueCount => 2;

        public override bool Serve(int index, Virtqueue queue)
        {
            if (!queue.TryTake(out var chain))
                return false;
            Entered.Set();
            mayServe?.Wait(s_patience);
            if (Loop is { IsCurrent: true })
                ServedOnLoop++;
            else
                ServedElsewhere++;
            queue.Return(chain, (uint)chain.Write(0, [1, 2, 3, 4]));
            return true;
        }
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

    /// <summary>A disk of zeros that knows what its thread allocated from the 200th read on.</summary>
    private sealed class MeteredDisk : DiskBacking
    {
        private long _before;

        public int Reads { get; private set; }

        public long Allocated { get; private set; }

        public override string Name => "metered";

        public override ulong Length => 1 << 20;

        public override bool IsReadOnly => true;

        public override void Read(ulong offset, Span<byte> destination)
        {
            destination.Clear();
            if (++Reads == 200)
                _before = GC.GetAllocatedBytesForCurrentThread();
            if (Reads > 200)
                Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
        }

        public override void Write(ulong offset, ReadOnlySpan<byte> source) => throw new IOException();

        public override void Flush() { }

        public override void WriteZeroes(ulong offset, ulong length, bool mayUnmap) => throw new IOException();

        public override void Discard(ulong offset, ulong length) => throw new IOException();

        protected override void Dispose(bool isDisposing) { }
    }
}
