using System;
using System.Linq;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>Guests whose ports and MMIO are served by buses.</summary>
public class ExitDispatch
{
    private const byte Port = 0x40;
    private const byte StopPort = 0x11;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Guest_reads_and_writes_the_registers_of_devices(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x1122_3344);
                code.@out(Port, eax);
                code.mov(__word_ptr.fs[0x10], ax);
                code.@in(al, Port + 2);
                code.mov(__byte_ptr.fs[0x12], al);
                code.mov(eax, __dword_ptr.fs[0x10]);
                code.@out(StopPort, eax);
            }
        );
        var buses = new DeviceBuses();
        var (ports, mmio) = (new RecordingDevice("ports"), new RecordingDevice("mmio"));
        buses.Ports.Add(Port, 4, ports);
        buses.Mmio.Add(guest.Window, 0x100, mmio);
        var result = 0u;
        buses.Ports.Add(StopPort, 1, null, (_, data) => result = BitConverter.ToUInt32([.. data.ToArray(), 0, 0, 0], 0));

        for (var exits = 0; exits < 5; exits++)
            Assert.True(buses.Dispatch(guest.Run()));
        var last = guest.Run();
        var value = last.Io.Value;
        Assert.True(buses.Dispatch(last));

        Assert.Equal(["W 0 44332211", "R 2 22"], ports.Accesses);
        Assert.Equal(["W 10 4433", "W 12 22", "R 10 44332200"], mmio.Accesses);
        Assert.Equal(0x0022_3344u, value);
        Assert.Equal(0x44u, result); // The first byte is the device's; the others go to the ports above.
    }

    [Fact]
    public void Exit_about_something_else_is_left_to_the_caller()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());

        Assert.False(new DeviceBuses().Dispatch(guest.RunTo(KvmExitReason.Hlt)));
    }

    [Fact]
    public void Exit_that_is_over_is_refused()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@out(Port, al);
                code.@out(Port, al);
            }
        );
        var buses = new DeviceBuses();
        var exit = guest.Run();
        guest.Run();

        exit.Refuses<InvalidOperationException>(over => buses.Dispatch(over));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Items_of_a_string_instruction_are_accesses_of_their_own_in_order(GuestMode mode)
    {
        const int Items = 50;
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.cld();
                code.mov(edi, (uint)Guest.DataAddress);
                code.mov(ecx, Items);
                code.mov(dx, Port);
                code.rep.insw();
                code.mov(esi, (uint)Guest.DataAddress);
                code.mov(ecx, Items);
                code.mov(dx, Port + 2);
                code.rep.outsw();
                code.@out(StopPort, al);
            }
        );
        var buses = new DeviceBuses();
        ushort next = 100;
        var taken = new System.Collections.Generic.List<ushort>();
        buses.Ports.Add(Port, 2, (offset, data) => Assert.True(offset == 0 && BitConverter.TryWriteBytes(data, next++)), null);
        buses.Ports.Add(Port + 2, 2, null, (_, data) => taken.Add(BitConverter.ToUInt16(data)));
        var (exits, isDone) = (0, false);
        buses.Ports.Add(StopPort, 1, null, (_, _) => isDone = true);

        for (; !isDone; exits++)
            Assert.True(buses.Dispatch(guest.Run()));

        Assert.Equal(Enumerable.Range(100, Items).Select(static value => (ushort)value), taken);
        Assert.True(exits < 2 * Items, "No exit had more than one item.");
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Access_across_the_end_of_a_device_reaches_both_neighbours(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x4433_2211);
                code.mov(__dword_ptr.fs[0xE], eax);
                code.mov(ecx, __dword_ptr.fs[0xE]);
                code.mov(eax, ecx);
                code.@out(StopPort, eax);
            }
        );
        var buses = new DeviceBuses();
        var (first, second) = (new RecordingDevice("first"), new RecordingDevice("second"));
        buses.Mmio.Add(guest.Window, 0x10, first);
        buses.Mmio.Add(guest.Window + 0x10, 0x10, second);

        KvmExit exit;
        while ((exit = guest.Run()).Reason == KvmExitReason.Mmio)
            Assert.True(buses.Dispatch(exit));

        Assert.Equal(0x4433_2211u, exit.Io.Value);
        Assert.Equal([0x11, 0x22], first.Bytes[0xE..0x10]);
        Assert.Equal([0x33, 0x44], second.Bytes[..2]);
    }

    [Fact]
    public void Exception_of_a_device_passes_to_the_caller()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(Port, al));
        var buses = new DeviceBuses();
        buses.Ports.Add(Port, 1, null, static (_, _) => throw new NotSupportedException("broken device"));

        var failure = guest.Run().Refuses<NotSupportedException>(exit => buses.Dispatch(exit));

        Assert.Equal("broken device", failure.Message);
    }

    [Fact]
    public void Dispatch_allocates_nothing()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.@in(eax, Port);
                code.mov(__.fs[4], eax);
                code.mov(__.fs[0x84], eax);
                code.jmp(loop);
            },
            static vm =>
            {
                if (vm.Has(KvmCapability.CoalescedMmio))
                    vm.CoalesceMmio(Guest.RealModeWindow + 0x80, 0x80);
            }
        );
        var buses = new DeviceBuses();
        var writes = 0;
        buses.Ports.Add(Port, 4, static (_, data) => data[0] = 1, null);
        buses.Mmio.Add(Guest.RealModeWindow, 0x100, null, (_, _) => writes++);
        Serve(10);

        Assert.Equal(0, Allocation.Of(() => Serve(10_000)));
        Assert.True(writes > 5000);

        void Serve(int exits)
        {
            for (var i = 0; i < exits; i++)
                buses.Dispatch(guest.Run());
        }
    }

    [Fact]
    public void Several_vCPUs_use_the_devices_of_one_VM_at_the_same_time()
    {
        const int Vcpus = 4;
        const uint Writes = 3000;
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(ecx, Writes);
                code.Label(ref loop);
                code.@out(Port, al);
                code.mov(__.fs[0], ecx);
                code.dec(ecx);
                code.jnz(loop);
                code.@out(StopPort, al);
            }
        );
        var buses = new DeviceBuses();
        var (outs, sum) = (0, 0L);
        buses.Ports.Add(Port, 1, null, (_, _) => Interlocked.Increment(ref outs));
        buses.Mmio.Add(Guest.RealModeWindow, 4, null, (_, data) => Interlocked.Add(ref sum, BitConverter.ToUInt32(data)));
        using var others = new VcpuSet(guest, Vcpus - 1);

        var workers = others
            .All.Select(vcpu => new Worker(() =>
            {
                while (true)
                {
                    var exit = vcpu.Run();
                    if (exit.Reason == KvmExitReason.Io && exit.Io.Port == StopPort)
                        return;
                    if (!buses.Dispatch(exit))
                        Assert.Equal(KvmExitReason.Intr, exit.Reason);
                }
            }))
            .ToArray();
        // Other devices come and go meanwhile.
        for (var i = 0; i < 1000; i++)
        {
            using var range = buses.Ports.Add(Port + 1, 1, null, null);
            Thread.Yield();
        }
        foreach (var worker in workers)
            worker.Finish();

        Assert.Equal(Vcpus * (int)Writes, outs);
        Assert.Equal(Vcpus * (long)Writes * (Writes + 1) / 2, sum);
    }
}
