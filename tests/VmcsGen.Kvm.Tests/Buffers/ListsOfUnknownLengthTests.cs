using System;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Buffers;

/// <summary>The lists whose length only KVM knows, read until they fit.</summary>
public unsafe class ListsOfUnknownLengthTests
{
    [Fact]
    public void Supported_and_emulated_CPUID_come_without_unused_room_and_are_what_the_buffer_form_reads()
    {
        using var host = TestHost.Open(KvmCapability.ExtCpuid, KvmCapability.ExtEmulCpuid);
        var room = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(256);

        var supported = host.GetSupportedCpuid();
        host.GetSupportedCpuid(room);
        Assert.Equal((room.Count, room.Count), (supported.Capacity, supported.Count));
        Assert.Equal(Leaves(room), Leaves(supported));

        var emulated = host.GetEmulatedCpuid();
        room = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(256);
        host.GetEmulatedCpuid(room);
        Assert.Equal((room.Count, room.Count), (emulated.Capacity, emulated.Count));
        Assert.Contains(emulated.Entries.ToArray(), static e => e.Function == 1 && (e.Ecx & (1 << 22)) != 0); // MOVBE.
    }

    // The interface promises the answers, and not in how many entries KVM keeps them.
    [Fact]
    public void CPUID_of_a_vCPU_is_what_was_set()
    {
        using var host = TestHost.Open(KvmCapability.ExtCpuid);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        var before = vcpu.GetCpuid2();
        Assert.Equal(before.Capacity, before.Count);
        var supported = host.GetSupportedCpuid();

        vcpu.SetCpuid2(supported);

        var set = vcpu.GetCpuid2();
        Assert.Equal(set.Capacity, set.Count);
        Assert.Empty(CpuidAnswers.LostIn(set.Entries, supported.Entries));
        Assert.Equal(new CpuidBuilder(supported.Entries).Vendor, new CpuidBuilder(set.Entries).Vendor);
    }

    [Fact]
    public void Lists_of_MSRs_have_each_MSR_once()
    {
        using var host = TestHost.Open(KvmCapability.GetMsrFeatures);

        var saved = host.GetMsrIndexList();
        var features = host.GetMsrFeatureIndexList();

        Assert.Contains(0x174u, saved); // IA32_SYSENTER_CS
        Assert.Equal(saved.Length, saved.Distinct().Count());
        Assert.Equal(features.Length, features.Distinct().Count());
        Assert.NotEmpty(features);
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>(features.Select(static index => new KvmMsrEntry { Index = index }).ToArray());
        Assert.Equal(features.Length, host.GetMsrs(msrs));
    }

    [Fact]
    public void List_that_turns_out_longer_is_read_again_with_more_room()
    {
        using var host = TestHost.Open();
        var expected = host.GetSupportedCpuid().Count;
        var calls = 0;
        var before = Libc.Fault;
        Libc.Fault = (_, request) => request == KvmIoctl.KVM_GET_SUPPORTED_CPUID && ++calls <= 2 ? Errno.E2BIG : 0;
        try
        {
            Assert.Equal(expected, host.GetSupportedCpuid().Count);
        }
        finally
        {
            Libc.Fault = before;
        }
        Assert.Equal(3, calls);
    }

    [Fact]
    public void List_that_never_fits_is_given_up()
    {
        using var host = TestHost.Open();
        using var faults = LibcFault.OfIoctl(KvmIoctl.KVM_GET_SUPPORTED_CPUID, Errno.E2BIG);

        var refusal = Assert.Throws<KvmException>(() => host.GetSupportedCpuid());

        Assert.Equal("KVM_GET_SUPPORTED_CPUID", refusal.Operation);
        Assert.Equal(Errno.E2BIG, refusal.Errno);
        Assert.InRange(faults.Calls, 2, 30);
    }

    [Fact]
    public void Other_failure_is_not_tried_again()
    {
        using var host = TestHost.Open();
        using var faults = LibcFault.OfIoctl(KvmIoctl.KVM_GET_MSR_INDEX_LIST, Errno.ENOMEM);

        Assert.Equal(Errno.ENOMEM, Assert.Throws<KvmException>(() => host.GetMsrIndexList()).Errno);

        Assert.Equal(1, faults.Calls);
    }

    [Fact]
    public void KVM_writes_just_the_entries_that_the_list_has_room_for()
    {
        using var host = TestHost.Open(KvmCapability.ExtCpuid);
        var entries = host.GetSupportedCpuid().Count;
        var indices = host.GetMsrIndexList().Length;

        using (var cpuid = new GuardedBuffer(sizeof(KvmCpuid2) + entries * sizeof(KvmCpuidEntry2)))
        {
            cpuid.As<KvmCpuid2>()[0].Nent = (uint)entries;
            host.UnsafeIoctl(KvmIoctl.KVM_GET_SUPPORTED_CPUID, cpuid.Pointer);
            Assert.Equal((uint)entries, cpuid.As<KvmCpuid2>()[0].Nent);
        }
        using (var list = new GuardedBuffer(sizeof(KvmMsrList) + indices * sizeof(uint)))
        {
            list.As<uint>()[0] = (uint)indices;
            host.UnsafeIoctl(KvmIoctl.KVM_GET_MSR_INDEX_LIST, list.Pointer);
        }
        // One entry less of room, and the count says so: KVM stays within it.
        using var shorter = new GuardedBuffer(sizeof(KvmMsrList) + (indices - 1) * sizeof(uint));
        shorter.As<uint>()[0] = (uint)indices - 1;
        var refusal = Assert.Throws<KvmException>(() => host.UnsafeIoctl(KvmIoctl.KVM_GET_MSR_INDEX_LIST, shorter.Pointer));
        Assert.Equal(Errno.E2BIG, refusal.Errno);
    }

    [Fact]
    public void KVM_reads_and_writes_just_the_MSRs_that_the_count_says()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        using var two = new GuardedBuffer(sizeof(KvmMsrs) + 2 * sizeof(KvmMsrEntry));
        two.As<KvmMsrs>()[0].Nmsrs = 2;
        var entries = MemoryMarshal.Cast<byte, KvmMsrEntry>(two.Bytes[sizeof(KvmMsrs)..]);
        entries[0].Index = 0x174;
        entries[1].Index = 0x175;

        Assert.Equal(2, vcpu.UnsafeIoctl(KvmIoctl.KVM_GET_MSRS, two.Pointer));
        Assert.Equal(2, vcpu.UnsafeIoctl(KvmIoctl.KVM_SET_MSRS, two.Pointer));

        two.As<KvmMsrs>()[0].Nmsrs = 3;
        Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => vcpu.UnsafeIoctl(KvmIoctl.KVM_GET_MSRS, two.Pointer)).Errno);
    }

    [Fact]
    public void Lists_are_refused_after_Dispose()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var vcpu = vm.CreateVcpu(0);
        vcpu.Dispose();
        host.Dispose();

        foreach (
            var use in new Action[]
            {
                () => host.GetSupportedCpuid(),
                () => host.GetEmulatedCpuid(),
                () => host.GetSupportedHvCpuid(),
                () => host.GetMsrIndexList(),
                () => host.GetMsrFeatureIndexList(),
                () => vcpu.GetCpuid2(),
                () => vcpu.GetRegList(),
                () => vcpu.GetSupportedHvCpuid(),
            }
        )
            Assert.Throws<ObjectDisposedException>(use);
    }

    private static (uint, uint)[] Leaves(KvmBuffer<KvmCpuid2, KvmCpuidEntry2> cpuid) =>
        [.. cpuid.Entries.ToArray().Select(static entry => (entry.Function, entry.Index))];
}
