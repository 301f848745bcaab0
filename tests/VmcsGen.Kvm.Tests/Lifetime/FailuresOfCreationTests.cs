using System;
using System.Diagnostics;
using System.Threading;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Signals;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>What fails halfway leaves nothing behind, and can be tried again.</summary>
public class FailuresOfCreationTests
{
    [Fact]
    public void Limit_on_open_files_is_told_and_leaves_nothing_behind()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var taken = vm.CreateVcpu(0);
        Assert.Throws<KvmException>(() => vm.CreateVcpu(0)); // So that everything an exception needs is loaded.
        var before = KvmResources.Count();

        KvmException ofVm,
            ofVcpu,
            ofDevice,
            ofHost;
        using (HostLimits.NoNewDescriptors())
        {
            ofVm = Assert.Throws<KvmException>(() => host.CreateVm());
            ofVcpu = Assert.Throws<KvmException>(() => vm.CreateVcpu(1));
            ofDevice = Assert.Throws<KvmException>(() => vm.CreateDevice(KvmDeviceType.Vfio));
            ofHost = Assert.Throws<KvmException>(() => KvmHost.Open());
        }

        Assert.Equal("KVM_CREATE_VM", ofVm.Operation);
        Assert.Equal("KVM_CREATE_VCPU", ofVcpu.Operation);
        Assert.Equal("KVM_CREATE_DEVICE", ofDevice.Operation);
        Assert.Equal("open /dev/kvm", ofHost.Operation);
        foreach (var refusal in new[] { ofVm, ofVcpu, ofDevice, ofHost })
        {
            Assert.Equal(Errno.EMFILE, refusal.Errno);
            Assert.Contains("ulimit -n", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, KvmResources.CountWithoutCollecting());
        using var vcpu = vm.CreateVcpu(1);
        Assert.Equal(1, vcpu.Id);
    }

    [Fact]
    public void Taken_vCPU_id_leaves_nothing_behind()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        using (vm.CreateVcpu(0))
        {
            var before = KvmResources.Count();
            for (var i = 0; i < 10; i++)
                Assert.Throws<KvmException>(() => vm.CreateVcpu(0));
            Assert.Equal(before, KvmResources.CountWithoutCollecting());
        }

        // Each of the failed ones would keep the VM, until the collector finds it.
        var open = KvmResources.CountWithoutCollecting();
        vm.Dispose();
        Assert.Equal(open.Descriptors - 1, KvmResources.CountWithoutCollecting().Descriptors);
    }

    [Fact]
    public void Run_page_that_cannot_be_mapped_closes_the_vCPU_again()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        using (vm.CreateVcpu(0)) { }
        var before = KvmResources.Count();

        using (LibcFault.Of("mmap", Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => vm.CreateVcpu(1));
            Assert.Equal("mmap", refusal.Operation);
            Assert.Equal(Errno.ENOMEM, refusal.Errno);
            Assert.Contains("run page of vCPU 1", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, KvmResources.CountWithoutCollecting());
        vm.Dispose();
        Assert.Equal(before.Descriptors - 1, KvmResources.CountWithoutCollecting().Descriptors);
    }

    [Fact]
    public void Interrupted_creation_of_a_VM_is_tried_again()
    {
        using var host = TestHost.Open();
        var attempts = 0;
        var before = VmcsGen.Kvm.Interop.Libc.Fault;
        VmcsGen.Kvm.Interop.Libc.Fault = (_, request) => request == KvmIoctl.KVM_CREATE_VM && ++attempts < 3 ? Errno.EINTR : 0;
        try
        {
            using var vm = host.CreateVm();
            Assert.True(vm.Has(KvmCapability.UserMemory));
        }
        finally
        {
            VmcsGen.Kvm.Interop.Libc.Fault = before;
        }
        Assert.Equal(3, attempts);
    }

    [Fact]
    public void Creation_that_is_interrupted_for_ever_ends_with_the_error()
    {
        using var host = TestHost.Open();
        using var fault = LibcFault.OfIoctl(KvmIoctl.KVM_CREATE_VM, Errno.EINTR);
        KvmException? refusal = null;

        Worker.Do(() => refusal = Assert.Throws<KvmException>(() => host.CreateVm()));

        Assert.Equal(("KVM_CREATE_VM", Errno.EINTR), (refusal!.Operation, refusal.Errno));
        Assert.InRange(fault.Calls, 3, 20);
    }

    [Fact]
    public void Signals_that_come_faster_than_a_VM_is_made_do_not_prevent_it()
    {
        const int Signal = 10; // SIGUSR1: not a real-time signal, of which any number can wait.
        HarmlessSignal.Install(Signal);
        using var host = TestHost.Open();
        var thread = 0;
        var isOver = false;
        var creator = new Worker(() =>
        {
            Volatile.Write(ref thread, Libc.ThreadId());
            for (var i = 0; i < 10; i++)
                host.CreateVm().Dispose();
            Volatile.Write(ref isOver, true);
        });
        var disturber = new Worker(() =>
        {
            Worker.Await(() => Volatile.Read(ref thread) != 0);
            while (!Volatile.Read(ref isOver) && creator.IsAlive)
            {
                _ = Libc.SignalThread(Environment.ProcessId, Volatile.Read(ref thread), Signal);
                var sent = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(sent) < TimeSpan.FromMilliseconds(0.5))
                    Thread.Yield();
            }
        });
        creator.Finish();
        disturber.Finish();
    }

    [Fact]
    public void Memory_that_cannot_be_mapped_is_told_and_leaves_nothing_behind()
    {
        using (LibcFault.Of("mmap", Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => GuestMemory.Allocate(0x1000));
            Assert.Equal("mmap", refusal.Operation);
            Assert.Contains("4096 bytes of guest memory", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Slot_that_KVM_refuses_does_not_keep_the_memory()
    {
        const ulong Size = 0x200_0000;
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var memory = GuestMemory.Allocate(Size);
        var address = KvmResources.AddressOf(memory);

        using (LibcFault.OfIoctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => vm.MapMemory(0, memory));
            Assert.Equal("KVM_SET_USER_MEMORY_REGION", refusal.Operation);
            Assert.Contains("slot 0 at 0x0-0x1FFFFFF", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Throws<GuestMemoryException>(() => vm.Memory.Read<byte>(0));
        memory.Dispose();
        Assert.False(KvmResources.IsMapped(address, Size));
    }

    [Fact]
    public void Slot_that_KVM_does_not_give_up_stays_mapped()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(0x1000);
        var slot = vm.MapMemory(0, memory);

        using (LibcFault.OfIoctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, Errno.ENOMEM))
            Assert.Throws<KvmException>(slot.Unmap);

        Assert.True(slot.IsMapped);
        vm.Memory.Write(0, 1);
        slot.Unmap();
        Assert.False(slot.IsMapped);
    }

    [Fact]
    public void Device_that_KVM_does_not_know_is_told_and_leaves_nothing_behind()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var before = KvmResources.Count();

        var refusal = Assert.Throws<KvmException>(() => vm.CreateDevice((KvmDeviceType)0x7777));

        Assert.Equal("KVM_CREATE_DEVICE", refusal.Operation);
        Assert.Equal(Errno.ENODEV, refusal.Errno);
        Assert.NotNull(refusal.Remedy);
        Assert.Equal(before, KvmResources.CountWithoutCollecting());
    }

    [Theory]
    [InlineData("mmap")]
    [InlineData("mremap")]
    public void Run_page_that_cannot_be_replaced_at_Dispose_is_left_to_the_collector(string call)
    {
        var before = KvmResources.Count();
        DisposeBesideItsThread(call);
        Assert.Equal(before, KvmResources.Count());
    }

    // The thread that ran the vCPU lives on, so it might still be using the run page.
    private static void DisposeBesideItsThread(string call)
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var hasRun = new System.Threading.ManualResetEventSlim();
        using var isDisposed = new System.Threading.ManualResetEventSlim();
        var runner = new Worker(() =>
        {
            guest.Run();
            hasRun.Set();
            isDisposed.Wait();
        });
        hasRun.Wait();
        using (LibcFault.Of(call, Errno.ENOMEM))
            guest.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetRegs(out _));
        isDisposed.Set();
        runner.Finish();
    }
}
