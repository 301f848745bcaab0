using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Machines;

[Trait("Needs", "Kvm")]
public class PcMachineTests
{
    private const ulong Address = 0x20_0000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0x604, 0x3400, MachineEndReason.PowerOff)]
    [InlineData(0x64, 0xFE, MachineEndReason.Reset)]
    [InlineData(0xCF9, 0x06, MachineEndReason.Reset)]
    public void Guest_ends_its_machine(int port, int value, MachineEndReason reason)
    {
        using Fixture pc = new(code =>
        {
            code.mov(dx, (short)port);
            code.mov(eax, value);
            if (value > 0xFF)
                code.@out(dx, ax);
            else
                code.@out(dx, al);
            code.hlt();
        });
        pc.Machine.Start();
        Assert.Equal(new MachineEnd(reason), pc.Wait());
    }

    [Fact]
    public void Halted_guest_without_interrupt_controllers_ends_and_with_them_waits()
    {
        using Fixture halting = new(static code => code.hlt(), hasInterruptControllers: false);
        halting.Machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.Halt), halting.Wait());

        using Fixture waiting = new(static code => code.hlt());
        waiting.Machine.Start();
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.Machine.Wait(soon.Token));
        waiting.Machine.End(new(MachineEndReason.Stopped));
        Assert.Equal(new MachineEnd(MachineEndReason.Stopped), waiting.Wait());
    }

    [Fact]
    public void Exception_that_cannot_be_delivered_is_a_triple_fault()
    {
        // Of a KVM that emulates, the exit is an internal error.
        using Fixture pc = new(static code => code.ud2());
        pc.Machine.Start();
        var failure = Record.Exception(() => Assert.Equal(MachineEndReason.TripleFault, pc.Wait().Reason));
        Assert.True(failure is null or VcpuException, $"{failure}");
    }

    [Fact]
    public void Guest_is_woken_by_what_is_typed()
    {
        // An echo: halts until COM1 interrupts by the PIC's line 4.
        using Fixture pc = new(EchoByInterrupt);
        pc.Machine.Start();
        Assert.True(SpinWait.SpinUntil(() => pc.Output.Length > 0, s_patience), "The guest does not begin.");
        pc.Serial.Receive("hello"u8, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => pc.Output.Length >= 6, s_patience), $"The guest said '{pc.Text}'.");
        Assert.Equal(">hello", pc.Text);
    }

    [Fact]
    public void Machine_is_saved_and_goes_on_in_another()
    {
        using MemoryStream snapshot = new();
        using (Fixture pc = new(Count))
        {
            pc.Machine.Start();
            Assert.True(SpinWait.SpinUntil(() => pc.Output.Length > 20, s_patience));
            pc.Machine.Save(snapshot);
            var atSave = pc.Output.Length;
            Assert.True(SpinWait.SpinUntil(() => pc.Output.Length > atSave, s_patience), "The guest does not go on after the snapshot.");
        }
        snapshot.Position = 0;
        using Fixture other = new(static code => code.hlt());
        other.Machine.Restore(snapshot);
        other.Machine.Start();
        Assert.True(SpinWait.SpinUntil(() => other.Output.Length > 20, s_patience));
        other.Machine.Threads.Stop();
        // The letters go on one by one from where they were.
        var text = other.Text;
        Assert.Equal(string.Concat(Enumerable.Range(0, text.Length).Select(i => (char)((text[0] + i) & 0xFF))), text);
        Assert.NotEqual('\0', text[0]);
    }

    [Fact]
    public void Snapshot_of_another_machine_or_a_damaged_one_is_refused()
    {
        using MemoryStream snapshot = new();
        using (Fixture pc = new(Count))
            pc.Machine.Save(snapshot);
        var bytes = snapshot.ToArray();
        using Fixture other = new(Count);
        other.Machine.AddVirtio(new VirtioEntropy());
        Assert.Contains("devices", Refusal(bytes), StringComparison.Ordinal);
        other.Machine.Dispose();
        Assert.Contains("cut off", Refusal([1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("magic", Refusal(new byte[100]), StringComparison.Ordinal);
        for (var length = 0; length < 600; length += 7)
            Assert.NotEmpty(Refusal(bytes[..length]));

        string Refusal(byte[] content)
        {
            using MemoryStream stream = new(content);
            return Assert.Throws<InvalidDataException>(() => other.Machine.Restore(stream)).Message;
        }
    }

    [Fact]
    public void Processors_have_their_topology()
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 4 << 20, Processors = 3 });
        for (var i = 0; i < 3; i++)
        {
            CpuidBuilder cpuid = new(machine.Vcpus[i].GetCpuid2().Entries);
            Assert.True(cpuid.TryFind(1, 0, out var leaf));
            Assert.Equal((uint)i, leaf.Ebx >> 24);
            Assert.True(cpuid[Kvm.CpuidFeature.Hypervisor]);
        }
    }

    [Fact]
    public void Serving_exits_of_a_device_allocates_nothing()
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 16 << 20 });
        using AllocationMeter meter = new(machine, bytes: 2000);
        machine.AddSerialPort(meter);
        machine.Load(new FlatImage(ImageFile.FromMemory("guest", SmallGuest.Assemble(64, Address, Count)), Address, BootProtocol.LongMode));
        machine.Start();
        using CancellationTokenSource patience = new(s_patience);
        machine.Wait(patience.Token);
        Assert.Equal(0, meter.Allocated);
    }

    [Fact]
    public void Second_processor_starts_by_INIT_and_SIPI()
    {
        const uint trampoline = 0x8000;
        using Fixture pc = new(
            static code =>
            {
                code.mov(ebx, 0xFEE0_0300u); // The interrupt command register. Source: SDM 3A 11.6.1.
                code.mov(__dword_ptr[rbx - 0x210], 0x1FFu); // The APIC is on: the spurious-interrupt vector register.
                code.mov(__dword_ptr[rbx + 0x10], 1u << 24);
                code.mov(__dword_ptr[rbx], 0x4500u);
                code.mov(__dword_ptr[rbx], 0x4600u | trampoline >> 12);
                code.hlt();
            },
            processors: 2
        );
        pc.Machine.Vm.Memory.Write(
            trampoline,
            SmallGuest.Assemble(
                16,
                0,
                static code =>
                {
                    code.mov(dx, 0x3F8);
                    code.mov(al, (sbyte)'A');
                    code.@out(dx, al);
                    code.mov(al, 2);
                    code.@out(0xF4, al);
                    code.hlt();
                }
            )
        );
        pc.Machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 5), pc.Wait());
        Assert.Equal("A", pc.Text);
    }

    [Fact]
    public void Configurations_that_cannot_be_are_refused()
    {
        using var host = TestHost.Open();
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcMachine(host, new() { Processors = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcMachine(host, new() { Processors = 255 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcMachine(host, new() { Processors = 2, HasInterruptControllers = false }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcMachine(host, new() { MemorySize = 1000 }));
        using PcMachine machine = new(host, new() { MemorySize = 4 << 20 });
        for (var i = 0; i < 4; i++)
            machine.AddSerialPort(Stream.Null);
        Assert.Throws<InvalidOperationException>(() => machine.AddSerialPort(Stream.Null));
        machine.AddFirmwareConfiguration();
        Assert.Throws<InvalidOperationException>(machine.AddFirmwareConfiguration);
    }

    [Fact]
    public void Memory_above_the_hole_is_in_the_map()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using PcMemory memory = new(vm, 5UL << 30);
        Assert.Equal((3UL << 30, 2UL << 30), (memory.Below4G, memory.Above4G));
        Assert.Equal(new MemoryMapRange(4UL << 30, 2UL << 30, MemoryKind.Usable), memory.Map[^1]);
        for (var i = 1; i < memory.Map.Count; i++)
            Assert.True(memory.Map[i - 1].End <= memory.Map[i].Address);
        vm.Memory.Write((6UL << 30) - 8, 7UL);
    }

    // Writes the numbers 1, 2, 3 … for ever.
    private static void Count(Assembler code)
    {
        var loop = code.CreateLabel();
        code.mov(dx, 0x3F8);
        code.xor(eax, eax);
        code.Label(ref loop);
        code.inc(eax);
        code.@out(dx, al);
        code.jmp(loop);
    }

    // Real mode code, entered through the vector of line 4 after the PICs were set up.
    private static void EchoByInterrupt(Assembler code)
    {
        var wait = code.CreateLabel();
        code.xor(ax, ax);
        code.mov(ds, ax);
        code.mov(ss, ax);
        code.mov(sp, 0x7000);
        code.mov(ax, cs);
        code.mov(__word_ptr[4 * 0x24 + 2], ax);
        code.mov(__word_ptr[4 * 0x24], 0x100);
        foreach (var (port, value) in ((byte, byte)[])[(0x20, 0x11), (0x21, 0x20), (0x21, 4), (0x21, 1), (0x21, 0xEF)])
        {
            code.mov(al, (sbyte)value);
            code.@out(port, al);
        }
        foreach (var (port, value) in ((short, byte)[])[(0x3FA, 1), (0x3FC, 8), (0x3F9, 1)])
        {
            code.mov(dx, port);
            code.mov(al, (sbyte)value);
            code.@out(dx, al);
        }
        code.mov(dx, 0x3F8);
        code.mov(al, (sbyte)'>');
        code.@out(dx, al);
        code.Label(ref wait);
        code.sti();
        code.hlt();
        code.jmp(wait);
    }

    private sealed class Fixture : IDisposable
    {
        private readonly KvmHost _host = TestHost.Open();

        public Fixture(Action<Assembler> write, bool hasInterruptControllers = true, int processors = 1)
        {
            Machine = new PcMachine(
                _host,
                new()
                {
                    MemorySize = 16 << 20,
                    Processors = processors,
                    HasInterruptControllers = hasInterruptControllers,
                }
            );
            Serial = Machine.AddSerialPort(Output);
            var isEcho = write == EchoByInterrupt;
            var code = SmallGuest.Assemble(isEcho ? 16 : 64, isEcho ? 0 : Address, write);
            if (isEcho)
                code = [.. code, .. new byte[0x100 - code.Length], .. SmallGuest.Assemble(16, 0x100, Echo)];
            Machine.Load(
                new FlatImage(
                    ImageFile.FromMemory("guest", code),
                    isEcho ? 0x1_0000 : Address,
                    isEcho ? BootProtocol.RealMode : BootProtocol.LongMode
                )
            );
        }

        public PcMachine Machine { get; }

        public SerialPort Serial { get; }

        public SharedStream Output { get; } = new();

        public string Text => Encoding.Latin1.GetString(Output.ToArray());

        /// <summary>Waits for the machine's end, which must come.</summary>
        public MachineEnd Wait()
        {
            using CancellationTokenSource patience = new(s_patience);
            return Machine.Wait(patience.Token);
        }

        public void Dispose()
        {
            Machine.Dispose();
            _host.Dispose();
        }

        private static void Echo(Assembler code)
        {
            var next = code.CreateLabel();
            var done = code.CreateLabel();
            code.Label(ref next);
            code.mov(dx, 0x3FD);
            code.@in(al, dx);
            code.test(al, 1);
            code.je(done);
            code.mov(dx, 0x3F8);
            code.@in(al, dx);
            code.@out(dx, al);
            code.jmp(next);
            code.Label(ref done);
            code.mov(al, 0x20);
            code.@out(0x20, al);
            code.iret();
        }
    }

    /// <summary>Ends a machine after some bytes of output, and knows what its thread allocated during the second half of them.</summary>
    private sealed class AllocationMeter(PcMachine machine, int bytes) : MemoryStream
    {
        private int _written;
        private long _atHalf;

        public long Allocated { get; private set; } = -1;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _written++;
            if (_written == bytes / 2)
                _atHalf = GC.GetAllocatedBytesForCurrentThread();
            if (_written != bytes)
                return;
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _atHalf;
            machine.End(new(MachineEndReason.Stopped));
        }
    }

    /// <summary>What one thread writes and another looks at.</summary>
    private sealed class SharedStream : MemoryStream
    {
        private readonly Lock _gate = new();

        public override long Length
        {
            get
            {
                lock (_gate)
                    return base.Length;
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (_gate)
                base.Write(buffer);
        }

        public override byte[] ToArray()
        {
            lock (_gate)
                return base.ToArray();
        }
    }
}
