using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class VmSettings
{
    private const ulong Second = 1_000_000_000;

    [Fact]
    public void Clock_goes_on()
    {
        using var host = TestHost.Open(KvmCapability.AdjustClock);
        using var vm = host.CreateVm();

        vm.GetClock(out var first);
        Thread.Sleep(2);
        vm.GetClock(out var second);

        Assert.InRange(second.Clock - first.Clock, 1_000_000ul, 20 * Second);
        Assert.Equal(default, second.Flags & ~(KvmClockFlags.TscStable | KvmClockFlags.Realtime | KvmClockFlags.HostTsc));
        if (second.Flags.HasFlag(KvmClockFlags.Realtime))
        {
            var now = (ulong)System.DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
            Assert.InRange(second.Realtime, now - 60 * Second, now + 60 * Second);
        }
    }

    [Fact]
    public void Clock_goes_on_from_where_it_was_set()
    {
        using var host = TestHost.Open(KvmCapability.AdjustClock);
        using var vm = host.CreateVm();

        vm.SetClock(new KvmClockData { Clock = 123_456 * Second });

        vm.GetClock(out var clock);
        Assert.InRange(clock.Clock, 123_456 * Second, 123_476 * Second);
    }

    [Fact]
    public void TSC_frequency_is_read()
    {
        using var host = TestHost.Open(KvmCapability.GetTscKhz);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        Assert.InRange(vcpu.GetTscKhz(), 100_000, 20_000_000);
    }

    [Fact]
    public void TSS_address_is_taken_below_4_GiB_and_refused_at_its_end()
    {
        using var host = TestHost.Open(KvmCapability.SetTssAddr);
        using var vm = host.CreateVm();

        vm.SetTssAddr(0xFFFB_D000);

        var refusal = Assert.Throws<KvmException>(() => vm.SetTssAddr(0xFFFF_F000)); // Three pages are needed.
        Assert.Equal("KVM_SET_TSS_ADDR", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public void Identity_map_address_is_taken_before_the_first_vCPU_only()
    {
        using var host = TestHost.Open(KvmCapability.SetIdentityMapAddr);
        using var vm = host.CreateVm();

        vm.SetIdentityMapAddr(0xFFFB_C000);
        using var vcpu = vm.CreateVcpu(0);

        var refusal = Assert.Throws<KvmException>(() => vm.SetIdentityMapAddr(0xFFFB_C000));
        Assert.Equal("KVM_SET_IDENTITY_MAP_ADDR", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public void Boot_vCPU_is_the_one_that_was_named()
    {
        using var host = TestHost.Open(KvmCapability.Irqchip, KvmCapability.SetBootCpuId);
        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        vm.SetBootCpuId(1);
        using var first = vm.CreateVcpu(0);
        using var second = vm.CreateVcpu(1);

        first.GetMpState(out var state);
        Assert.Equal(KvmMultiprocessingState.Uninitialized, state.MpState);
        second.GetMpState(out state);
        Assert.Equal(KvmMultiprocessingState.Runnable, state.MpState);
    }

    [Fact]
    public void Capability_that_does_not_exist_cannot_be_enabled()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => vm.EnableCap((KvmCapability)0x7FFF_FFFF, 1));

        Assert.Equal("KVM_ENABLE_CAP", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public unsafe void Writes_to_a_coalesced_zone_are_collected_in_the_ring()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(eax, 0x1122_3344);
                code.mov(__.fs[0x10], eax);
                code.mov(__.fs[0x21], al);
                code.mov(__.fs[0x104], ax); // Outside the zone.
            },
            static vm => vm.RegisterCoalescedMmio(new KvmCoalescedMmioZone { Addr = Guest.RealModeWindow, Size = 0x100 }),
            KvmCapability.CoalescedMmio
        );

        Assert.Equal(Guest.RealModeWindow + 0x104, guest.RunTo(KvmExitReason.Mmio).Mmio.Address);

        fixed (KvmRun* page = &guest.Vcpu.RunPage)
        {
            var ring = (KvmCoalescedMmioRing*)((byte*)page + guest.Vm.Check(KvmCapability.CoalescedMmio) * 4096);
            var entries = (KvmCoalescedMmio*)(ring + 1);
            Assert.Equal((0u, 2u), (ring->First, ring->Last));
            Assert.Equal((Guest.RealModeWindow + 0x10, 4u, 0u), (entries[0].PhysAddr, entries[0].Len, entries[0].Pio));
            Assert.Equal([0x44, 0x33, 0x22, 0x11], ((System.Span<byte>)entries[0].Data)[..4].ToArray());
            Assert.Equal((Guest.RealModeWindow + 0x21, 1u), (entries[1].PhysAddr, entries[1].Len));
            Assert.Equal(0x44, entries[1].Data[0]);
        }
    }
}
