using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>Writes that KVM collects in the ring of the VM.</summary>
public class CoalescedWrites
{
    private const byte CoalescedPort = 0x44;
    private const byte ExitPort = 0x11;
    private const uint Zone = 0x100;
    private const ulong Outside = 0x200;

    /// <summary>Entries of the ring that can be in use: one stays free.</summary>
    private const int RingCapacity = 169;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Collected_writes_are_delivered_before_the_exit_that_comes_after_them(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x0403_0201);
                code.mov(__dword_ptr.fs[0x10], eax);
                code.@out(CoalescedPort, al);
                code.@out(ExitPort, al); // Ends Run.
                code.mov(__word_ptr.fs[0x12], ax);
                code.mov(__byte_ptr.fs[0x20], al);
                code.mov(__dword_ptr.fs[(int)Outside], eax); // Ends Run.
                code.@out(CoalescedPort, eax);
                code.mov(ecx, __dword_ptr.fs[0x10]); // A read ends Run.
                code.hlt();
            },
            null,
            KvmCapability.CoalescedMmio,
            KvmCapability.CoalescedPio
        );
        guest.Vm.CoalesceMmio(guest.Window, Zone);
        guest.Vm.CoalescePorts(CoalescedPort, 4);
        var buses = new DeviceBuses();
        List<string> log = [];
        buses.Mmio.Add(
            guest.Window,
            0x1000,
            (offset, _) => log.Add($"read {offset:X}"),
            (offset, data) => log.Add($"{offset:X}={Convert.ToHexString(data)}")
        );
        buses.Ports.DefaultDevice = new LoggingDevice(log);

        Assert.True(buses.Dispatch(guest.RunTo(KvmExitReason.Io)));
        Assert.Equal(["10=01020304", "port 44=01", "port 11=01"], log);
        log.Clear();
        Assert.True(buses.Dispatch(guest.RunTo(KvmExitReason.Mmio)));
        Assert.Equal(["12=0102", "20=01", "200=01020304"], log);
        log.Clear();
        Assert.True(buses.Dispatch(guest.RunTo(KvmExitReason.Mmio)));
        Assert.Equal(["port 44=01020304", "read 10"], log);
    }

    [Fact]
    public void Full_ring_ends_Run_and_keeps_the_order_as_often_as_it_wraps()
    {
        const int Writes = 2000;
        using var guest = CreateWriter(Writes);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        var buses = new DeviceBuses();
        List<uint> values = [];
        buses.Mmio.Add(Guest.RealModeWindow, Zone, null, (_, data) => values.Add(BitConverter.ToUInt32(data)));

        var exits = 0;
        KvmExit exit;
        for (; (exit = guest.Run()).Reason == KvmExitReason.Mmio; exits++)
        {
            var before = values.Count;
            buses.Dispatch(exit);
            // A ring that has wrapped is called full by older kernels when it is half full.
            Assert.InRange(values.Count - before, RingCapacity / 2, RingCapacity + 1);
        }
        buses.Dispatch(exit);

        Assert.True(exits >= Writes / (RingCapacity + 1), $"{exits} exits.");
        Assert.Equal(Enumerable.Range(1, Writes).Select(static value => (uint)value), values);
    }

    [Fact]
    public void Ring_can_be_drained_at_any_time()
    {
        using var guest = CreateWriter(3);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        List<ulong> values = [];

        Worker.Do(() =>
            Assert.Equal(
                3,
                guest.Vcpu.DrainCoalesced(write =>
                {
                    Assert.Equal((Guest.RealModeWindow + 4, false, 4), (write.Address, write.IsPort, write.Data.Length));
                    values.Add(write.Value);
                })
            )
        );

        Assert.Equal([1, 2, 3], values);
        Assert.Equal(0, guest.Vcpu.DrainCoalesced(static _ => Assert.Fail("Nothing is left.")));
    }

    [Fact]
    public void VM_without_zones_has_nothing_to_drain()
    {
        using var guest = CreateWriter(3);
        guest.RunTo(KvmExitReason.Mmio);

        Assert.Equal(0, guest.Vcpu.DrainCoalesced(static _ => Assert.Fail("There is no zone.")));
        Assert.Throws<ArgumentNullException>(() => guest.Vcpu.DrainCoalesced(null!));
    }

    [Fact]
    public void Write_whose_handler_throws_counts_as_handled()
    {
        using var guest = CreateWriter(3);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);

        Assert.Throws<NotSupportedException>(() => guest.Vcpu.DrainCoalesced(static _ => throw new NotSupportedException()));

        List<ulong> values = [];
        Assert.Equal(2, guest.Vcpu.DrainCoalesced(write => values.Add(write.Value)));
        Assert.Equal([2, 3], values);
    }

    [Fact]
    public void Handler_that_drains_gets_nothing()
    {
        using var guest = CreateWriter(3);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        List<ulong> values = [];

        guest.Vcpu.DrainCoalesced(write =>
        {
            Assert.Equal(0, guest.Vcpu.DrainCoalesced(static _ => Assert.Fail("Out of order.")));
            values.Add(write.Value);
        });

        Assert.Equal([1, 2, 3], values);
    }

    [Theory]
    [InlineData(170u, 0u)]
    [InlineData(0u, 170u)]
    [InlineData(uint.MaxValue, 3u)]
    [InlineData(2u, 0x8000_0000u)]
    public void Indices_outside_the_ring_are_refused(uint first, uint last)
    {
        using var guest = CreateWriter(1);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        Ring(guest.Vcpu, out _) = new KvmCoalescedMmioRing { First = first, Last = last };

        var refusal = Assert.Throws<InvalidDataException>(() => guest.Vcpu.DrainCoalesced(static _ => Assert.Fail("Not an entry.")));

        Assert.Contains($"{first} and {last}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(9u)]
    [InlineData(uint.MaxValue)]
    public void Write_of_an_impossible_length_is_refused_and_passed_over(uint length)
    {
        using var guest = CreateWriter(2);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        Ring(guest.Vcpu, out var entries);
        entries[0].Len = length;

        Assert.Throws<InvalidDataException>(() => guest.Vcpu.DrainCoalesced(static _ => Assert.Fail("Not a write.")));

        Assert.Equal(1, guest.Vcpu.DrainCoalesced(static write => Assert.Equal(2u, write.Value)));
    }

    [Fact]
    public void Ring_that_something_scribbles_over_gives_writes_of_1_to_8_bytes_or_is_refused()
    {
        using var guest = CreateWriter(1);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        var isDone = false;
        var scribbler = new Worker(() =>
        {
            var random = new Random(1);
            while (!System.Threading.Volatile.Read(ref isDone))
            {
                ref var ring = ref Ring(guest.Vcpu, out var entries);
                ring.First = (uint)random.Next(0, 200);
                ring.Last = (uint)random.Next(0, 200);
                entries[random.Next(RingCapacity + 1)].Len = (uint)random.Next(0, 12);
            }
        });

        var (writes, refusals) = (0, 0);
        while (writes < 1000 || refusals < 1000)
        {
            try
            {
                guest.Vcpu.DrainCoalesced(write =>
                {
                    Assert.InRange(write.Data.Length, 1, 8);
                    writes++;
                });
            }
            catch (InvalidDataException)
            {
                refusals++;
            }
        }
        System.Threading.Volatile.Write(ref isDone, true);
        scribbler.Finish();
    }

    [Fact]
    public void Zones_do_not_overlap_and_end_when_they_are_disposed_of()
    {
        using var guest = CreateWriter(4);
        var zone = guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        using var next = guest.Vm.CoalesceMmio(Guest.RealModeWindow + Zone, Zone);

        var refusal = Assert.Throws<ArgumentException>(() => guest.Vm.CoalesceMmio(Guest.RealModeWindow + Zone - 1, 1));
        Assert.Contains(
            "guest physical 0xB80FF to 0xB80FF overlaps the zone guest physical 0xB8000 to 0xB80FF",
            refusal.Message,
            StringComparison.Ordinal
        );

        zone.Dispose();
        zone.Dispose();
        Assert.Equal(1u, guest.RunTo(KvmExitReason.Mmio).Mmio.Value);
        using var again = guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        Assert.Equal(3, guest.Vcpu.DrainCoalesced(static _ => { }));
    }

    [Fact]
    public void Impossible_zones_are_refused()
    {
        using var host = TestHost.Open(KvmCapability.CoalescedMmio);
        using var vm = host.CreateVm();

        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CoalesceMmio(0x1000, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CoalesceMmio(ulong.MaxValue - 3, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CoalescePorts(0xFFFF, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CoalescePorts(0xFFFF, 0));
        vm.CoalescePorts(0xFFFF, 1);
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.CoalesceMmio(0x1000, 8));
    }

    [Fact]
    public void Zone_or_ring_that_the_kernel_refuses_says_so_and_can_be_tried_again()
    {
        using var guest = CreateWriter(2);
        using (LibcFault.OfIoctl(KvmIoctl.KVM_REGISTER_COALESCED_MMIO, Errno.ENOSPC))
        {
            var refusal = Assert.Throws<KvmException>(() => guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone));
            Assert.Equal(("KVM_REGISTER_COALESCED_MMIO", Errno.ENOSPC), (refusal.Operation, refusal.Errno));
        }
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        using (LibcFault.Of("mmap", Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.DrainCoalesced(static _ => { }));
            Assert.Equal(("mmap", Errno.ENOMEM), (refusal.Operation, refusal.Errno));
        }

        Assert.Equal(2, guest.Vcpu.DrainCoalesced(static _ => { }));
    }

    [Fact]
    public void Several_vCPUs_share_the_ring_and_each_has_its_writes_before_its_exits()
    {
        const int Vcpus = 3;
        const int Rounds = 300;
        // ESI, the number of the vCPU, tells where it writes: 5 collected writes, and then a port exit, round after round.
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.xor(ecx, ecx);
                code.Label(ref loop);
                for (var i = 0; i < 5; i++)
                {
                    code.inc(ecx);
                    code.mov(__dword_ptr.fs[esi * 4], ecx);
                }
                code.mov(eax, ecx);
                code.@out(ExitPort, eax);
                code.jmp(loop);
            },
            null,
            KvmCapability.CoalescedMmio
        );
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        using var vcpus = new VcpuSet(guest, Vcpus - 1);
        var seen = new uint[Vcpus];
        var buses = new DeviceBuses();
        buses.Mmio.Add(
            Guest.RealModeWindow,
            Zone,
            null,
            (offset, data) =>
            {
                var value = BitConverter.ToUInt32(data);
                Assert.Equal(seen[offset / 4] + 1, value);
                System.Threading.Volatile.Write(ref seen[offset / 4], value);
            }
        );

        var workers = vcpus
            .All.Select(
                (vcpu, number) =>
                    new Worker(() =>
                    {
                        vcpu.GetRegs(out var regs);
                        vcpu.SetRegs(regs with { Rsi = (ulong)number });
                        for (var round = 1; round <= Rounds; )
                        {
                            var exit = vcpu.Run();
                            var isReport = exit.Reason == KvmExitReason.Io;
                            buses.Dispatch(exit);
                            if (!isReport)
                                continue; // A write that found the ring full, or a signal of the runtime.
                            Assert.Equal(5u * (uint)round, exit.Io.Value);
                            Assert.Equal(exit.Io.Value, System.Threading.Volatile.Read(ref seen[number]));
                            round++;
                        }
                    })
            )
            .ToArray();

        foreach (var worker in workers)
            worker.Finish();
        Assert.All(seen, static last => Assert.Equal(5u * Rounds, last));
    }

    [Fact]
    public void Ring_goes_with_the_VM_and_refuses_a_vCPU_that_is_gone()
    {
        var before = KvmResources.Count();
        var guest = CreateWriter(2);
        guest.Vm.CoalesceMmio(Guest.RealModeWindow, Zone);
        guest.RunTo(KvmExitReason.Io);
        Assert.Equal(2, guest.Vcpu.DrainCoalesced(static _ => { }));

        guest.Dispose();

        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.DrainCoalesced(static _ => { }));
        Assert.Equal(before, KvmResources.Count());
    }

    private static Guest CreateWriter(int writes) =>
        Guest.Create(
            GuestMode.Real,
            code =>
            {
                var loop = code.CreateLabel();
                code.xor(eax, eax);
                code.Label(ref loop);
                code.inc(eax);
                code.mov(__dword_ptr.fs[4], eax);
                code.cmp(eax, writes);
                code.jne(loop);
                code.@out(ExitPort, al);
            },
            null,
            KvmCapability.CoalescedMmio
        );

    private static unsafe ref KvmCoalescedMmioRing Ring(KvmVcpu vcpu, out Span<KvmCoalescedMmio> entries)
    {
        fixed (KvmRun* page = &vcpu.RunPage)
        {
            var ring = (KvmCoalescedMmioRing*)((byte*)page + KvmVcpuMapping.KvmCoalescedMmioPageOffset * 4096);
            entries = new Span<KvmCoalescedMmio>(ring + 1, (int)KvmMemoryLimits.KvmCoalescedMmioMax);
            return ref *ring;
        }
    }

    private sealed class LoggingDevice(List<string> log) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => log.Add($"read port {offset:X}");

        public void Write(ulong offset, ReadOnlySpan<byte> data) => log.Add($"port {offset:X}={Convert.ToHexString(data)}");
    }
}
