using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>Ioctls of a vCPU with nothing more to them than their argument, each with an effect that is seen.</summary>
public class VcpuIoctls
{
    private const uint McgCap = 0x179;
    private const uint Mc0Status = 0x401;
    private const uint SystemTime = 0x4B56_4D01;

    [Fact]
    public void Machine_check_banks_are_those_that_were_set_up()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver, null, KvmCapability.Mce);
        guest.Host.X86GetMceCapSupported(out var supported);

        guest.Vcpu.X86SetupMce(supported & ~0xFFul | 5);

        // AMD's processors have bits 8:0 only, so that KVM leaves out the others for them.
        const ulong EveryVendors = 0x1FF;
        var (set, read) = (supported & ~0xFFul | 5, ReadMsr(guest.Vcpu, McgCap));
        Assert.Equal(set & EveryVendors, read & EveryVendors);
        Assert.Equal(0ul, read & ~set);
        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.X86SetupMce(supported & ~0xFFul | 200));
        Assert.Equal(("KVM_X86_SETUP_MCE", Errno.EINVAL), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Corrected_machine_check_is_recorded_in_its_bank()
    {
        const ulong Valid = 1ul << 63;
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver, null, KvmCapability.Mce);
        guest.Host.X86GetMceCapSupported(out var supported);
        guest.Vcpu.X86SetupMce(supported & ~0xFFul | 5);

        guest.Vcpu.X86SetMce(
            new KvmX86Mce
            {
                Bank = 3,
                Status = Valid | 0x1234,
                Addr = 0x5678,
            }
        );

        Assert.Equal(Valid | 0x1234, ReadMsr(guest.Vcpu, Mc0Status + 4 * 3));
        Assert.Equal(0x5678u, ReadMsr(guest.Vcpu, Mc0Status + 4 * 3 + 1));
        foreach (
            var wrong in new[]
            {
                new KvmX86Mce { Bank = 5, Status = Valid },
                new KvmX86Mce { Bank = 3, Status = 1 },
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.X86SetMce(wrong));
            Assert.Equal(("KVM_X86_SET_MCE", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        }
    }

    [Fact]
    public void Guest_learns_from_its_clock_that_it_was_paused()
    {
        const ulong Clock = Guest.DataAddress;
        const ulong Flags = Clock + 29; // Of struct pvclock_vcpu_time_info.
        const byte GuestStopped = 2;
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver, null, KvmCapability.KvmclockCtrl);
        var refusal = Assert.Throws<KvmException>(guest.Vcpu.KvmclockCtrl);
        Assert.Equal(("KVM_KVMCLOCK_CTRL", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        KvmMsrEntry clock = new() { Index = SystemTime, Data = Clock | 1 };
        Assert.Equal(1, guest.Vcpu.SetMsrs(new KvmBuffer<KvmMsrs, KvmMsrEntry>([clock])));
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal(0, guest.Memory.Read<byte>(Flags) & GuestStopped);

        guest.Vcpu.KvmclockCtrl();
        guest.RunToOut(GuestPrograms.Port);

        Assert.Equal(GuestStopped, guest.Memory.Read<byte>(Flags) & GuestStopped);
    }

    [Fact]
    public void Reports_of_task_priority_accesses_are_on_or_off()
    {
        using var host = TestHost.Open(KvmCapability.Vapic, KvmCapability.Irqchip);
        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        using var vcpu = vm.CreateVcpu(0);
        KvmTprAccessCtl control = new() { Enabled = 1 };

        vcpu.TprAccessReporting(ref control);

        Assert.Equal(1u, control.Enabled);
        control.Flags = 1;
        var refusal = Assert.Throws<KvmException>(() => vcpu.TprAccessReporting(ref control));
        Assert.Equal(("KVM_TPR_ACCESS_REPORTING", Errno.EINVAL), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Address_of_the_virtual_task_priority_needs_a_controller_in_the_kernel()
    {
        using var host = TestHost.Open(KvmCapability.Vapic, KvmCapability.Irqchip);
        using var without = host.CreateVm();
        using var first = without.CreateVcpu(0);
        var refusal = Assert.Throws<KvmException>(() => first.SetVapicAddr(new KvmVapicAddr { VapicAddr = 0x1000 }));
        Assert.Equal(("KVM_SET_VAPIC_ADDR", Errno.EINVAL), (refusal.Operation, refusal.Errno));

        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        using var memory = GuestMemory.Allocate(0x2000);
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetVapicAddr(new KvmVapicAddr { VapicAddr = 0x1000 });
        vcpu.SetVapicAddr(new KvmVapicAddr());
    }

    [Fact]
    public void Frequency_of_the_time_stamp_counter_is_the_one_that_was_set()
    {
        using var host = TestHost.Open(KvmCapability.GetTscKhz);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        var native = vcpu.GetTscKhz();

        vcpu.SetTscKhz(native);
        Assert.Equal(native, vcpu.GetTscKhz());

        // A faster one is had by catching up, if not by the processor.
        vcpu.SetTscKhz(native * 2);
        Assert.Equal(native * 2, vcpu.GetTscKhz());
    }

    private static ulong ReadMsr(KvmVcpu vcpu, uint index)
    {
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
        Assert.Equal(1, vcpu.GetMsrs(msrs));
        return msrs.Entries[0].Data;
    }
}
