using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Buffers;

public class FlexibleBuffers
{
    [Fact]
    public void Count_beyond_the_room_is_refused_before_the_ioctl()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(3);
        cpuid.Header.Nent = 4;

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_SET_CPUID2);
        var refusal = Assert.Throws<InvalidOperationException>(() => guest.Vcpu.SetCpuid2(cpuid));

        Assert.Equal(0, ioctls.Calls);
        Assert.Contains("KvmCpuid2 counts 4 entries", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("room for 3", refusal.Message, StringComparison.Ordinal);
        cpuid.Header.Nent = uint.MaxValue;
        Assert.Throws<InvalidOperationException>(() => guest.Vcpu.SetCpuid2(cpuid));
        Assert.Equal(0, ioctls.Calls);
        cpuid.Header.Nent = 3;
        guest.Vcpu.GetMsrs(new KvmBuffer<KvmMsrs, KvmMsrEntry>(0));
        Assert.ThrowsAny<Exception>(() => guest.Vcpu.GetCpuid2(null!));
    }

    [Fact]
    public void Count_can_be_set_within_the_room_only()
    {
        var list = new KvmBuffer<KvmMsrList, uint>(10);
        Assert.Equal(10, list.Capacity);
        Assert.Equal(10, list.Count);
        Assert.Equal(10, list.Entries.Length);

        list.Count = 4;
        Assert.Equal(4u, list.Header.Nmsrs);
        Assert.Equal(4, list.Entries.Length);
        list.Count = 0;
        Assert.True(list.Entries.IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Count = 11);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Count = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KvmBuffer<KvmMsrList, uint>(-1));
        Assert.Equal(0, list.Count);
    }

    [Fact]
    public void Buffer_of_given_entries_is_a_copy_of_them()
    {
        KvmMsrEntry[] entries = [new() { Index = 0x174, Data = 1 }, new() { Index = 0x175, Data = 2 }];

        var buffer = new KvmBuffer<KvmMsrs, KvmMsrEntry>(entries);
        entries[0].Data = 99;

        Assert.Equal(2, buffer.Capacity);
        Assert.Equal(2u, buffer.Header.Nmsrs);
        Assert.Equal([(0x174u, 1ul), (0x175u, 2ul)], buffer.Entries.ToArray().Select(static entry => (entry.Index, entry.Data)));
    }

    [Fact]
    public void Too_little_room_for_the_supported_CPUID_is_E2BIG()
    {
        using var host = TestHost.Open();

        var refusal = Assert.Throws<KvmException>(() => host.GetSupportedCpuid(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(1)));

        Assert.Equal("KVM_GET_SUPPORTED_CPUID", refusal.Operation);
        Assert.Equal(Errno.E2BIG, refusal.Errno);
        Assert.Contains("room", refusal.Remedy!, StringComparison.Ordinal);
    }

    [Fact]
    public void KVM_sets_the_count_to_what_it_wrote()
    {
        using var host = TestHost.Open();
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(256);

        host.GetSupportedCpuid(cpuid);

        Assert.InRange(cpuid.Count, 10, 255);
        Assert.Equal(0u, cpuid.Entries[0].Function);
        Assert.True(cpuid.Entries[0].Eax >= 7, "Leaf 0 tells the highest leaf.");
        var entries = cpuid.Entries.ToArray();
        Assert.Contains(entries, static entry => entry.Function == 0x8000_0001 && (entry.Edx & (1 << 29)) != 0); // Long mode.
        Assert.Contains(entries, static entry => entry.Flags == KvmCpuidFlags.SignificantIndex && entry.Index > 0);
    }

    [Fact]
    public void List_of_MSRs_tells_how_much_room_it_needs_and_fits_then()
    {
        using var host = TestHost.Open();
        var list = new KvmBuffer<KvmMsrList, uint>(1);

        var refusal = Assert.Throws<KvmException>(() => host.GetMsrIndexList(list));

        Assert.Equal("KVM_GET_MSR_INDEX_LIST", refusal.Operation);
        Assert.Equal(Errno.E2BIG, refusal.Errno);
        Assert.InRange(list.Count, 2, 10_000);
        Assert.Equal(1, list.Entries.Length);
        Assert.Throws<InvalidOperationException>(() => host.GetMsrIndexList(list)); // It counts more than there is room for.

        var larger = new KvmBuffer<KvmMsrList, uint>(list.Count);
        host.GetMsrIndexList(larger);
        Assert.Equal(list.Count, larger.Count);
        Assert.Contains(0x174u, larger.Entries.ToArray()); // IA32_SYSENTER_CS
        Assert.Equal(larger.Count, larger.Entries.ToArray().Distinct().Count());
    }

    [Fact]
    public void CPUID_that_was_set_is_read_back()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        KvmCpuidEntry2[] entries =
        [
            new()
            {
                Function = 0,
                Eax = 2,
                Ebx = 0x0101_0101,
                Ecx = 0x0202_0202,
                Edx = 0x0303_0303,
            },
            new()
            {
                Function = 4,
                Index = 1,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = 5,
                Ebx = 6,
                Ecx = 7,
                Edx = 8,
            },
            new()
            {
                Function = 0x4000_0100,
                Eax = 9,
                Ebx = 10,
                Ecx = 11,
                Edx = 12,
            },
        ];

        vcpu.SetCpuid2(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(entries));

        var back = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(10);
        vcpu.GetCpuid2(back);
        // Kernels before 6.9 leave the count as it was given. The method without a buffer finds it out.
        Assert.True(back.Count is 3 or 10, $"{back.Count} entries.");
        Assert.Equal(entries.Select(Words), back.Entries.ToArray().Take(3).Select(Words));
        Assert.Equal(entries.Select(Words), vcpu.GetCpuid2().Entries.ToArray().Select(Words));
        var refusal = Assert.Throws<KvmException>(() => vcpu.GetCpuid2(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(2)));
        Assert.Equal(Errno.E2BIG, refusal.Errno);
    }

    [Fact]
    public void CPUID_in_the_older_form_becomes_the_newer_one()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        KvmCpuidEntry[] older =
        [
            new()
            {
                Function = 0x4000_0100,
                Eax = 1,
                Ebx = 2,
                Ecx = 3,
                Edx = 4,
            },
        ];
#pragma warning disable CS0618 // What is tested is the obsolete one.
        vcpu.SetCpuid(new KvmBuffer<KvmCpuid, KvmCpuidEntry>(older));
#pragma warning restore CS0618

        var entry = Assert.Single(vcpu.GetCpuid2().Entries.ToArray());
        Assert.Equal((0x4000_0100u, 0u, (KvmCpuidFlags)0, 1u, 2u, 3u, 4u), Words(entry));
    }

    [Fact]
    public void Guest_sees_the_CPUID_that_was_set()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(eax, 0x4000_0100);
                code.cpuid();
                code.@out(0x11, eax);
                code.mov(eax, ebx);
                code.@out(0x11, eax);
                code.mov(eax, ecx);
                code.@out(0x11, eax);
                code.mov(eax, edx);
                code.@out(0x11, eax);
            }
        );
        KvmCpuidEntry2[] entries =
        [
            new()
            {
                Function = 0x4000_0100,
                Eax = 11,
                Ebx = 22,
                Ecx = 33,
                Edx = 44,
            },
        ];
        guest.Vcpu.SetCpuid2(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(entries));

        Assert.Equal([11u, 22u, 33u, 44u], Enumerable.Range(0, 4).Select(_ => guest.RunToOut(0x11)));
    }

    private static (uint, uint, KvmCpuidFlags, uint, uint, uint, uint) Words(KvmCpuidEntry2 entry) =>
        (entry.Function, entry.Index, entry.Flags, entry.Eax, entry.Ebx, entry.Ecx, entry.Edx);
}
