using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>What 32-bit processes pass: sizes, places and the request numbers that follow from the sizes.</summary>
public unsafe class CompatLayoutTests
{
    private const uint Write = 1;
    private const uint ReadWrite = 3;

    [Fact]
    public void Dirty_log_has_a_pointer_of_32_bits_in_the_same_size()
    {
        Assert.Equal((16, 16), (sizeof(CompatKvmDirtyLog), sizeof(KvmDirtyLog)));
        Assert.Equal(KvmIoctl.KVM_GET_DIRTY_LOG, Request(Write, 0x42, sizeof(CompatKvmDirtyLog)));

        // What is in the upper half of the union is not part of the address.
        ReadOnlySpan<byte> passed = [5, 0, 1, 0, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF];
        var log = MemoryMarshal.Read<CompatKvmDirtyLog>(passed);
        Assert.Equal((0x0001_0005u, 0x1234_5678u), (log.Slot, log.DirtyBitmap));
    }

    [Fact]
    public void Log_to_clear_has_a_pointer_of_32_bits_in_the_same_size()
    {
        Assert.Equal((24, 24), (sizeof(CompatKvmClearDirtyLog), sizeof(KvmClearDirtyLog)));
        Assert.Equal(KvmIoctl.KVM_CLEAR_DIRTY_LOG, Request(ReadWrite, 0xC0, sizeof(CompatKvmClearDirtyLog)));

        ReadOnlySpan<byte> passed = [5, 0, 0, 0, 64, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF];
        var log = MemoryMarshal.Read<CompatKvmClearDirtyLog>(passed);
        Assert.Equal((5u, 64u, 128ul, 0x1234_5678u), (log.Slot, log.NumPages, log.FirstPage, log.DirtyBitmap));
    }

    [Fact]
    public void Signal_set_is_the_same_bytes_in_two_words()
    {
        Assert.Equal(8, sizeof(CompatSigset));
        Assert.Equal(KvmIoctl.KVM_SET_SIGNAL_MASK, Request(Write, 0x8B, sizeof(KvmSignalMask)));

        var set = MemoryMarshal.Read<CompatSigset>(BitConverter.GetBytes(1ul << 40 | 1ul << 3));
        Assert.Equal((1u << 3, 1u << 8), (set.Sig[0], set.Sig[1]));
    }

    [Fact]
    public void MSR_filter_is_smaller_and_has_a_number_of_its_own()
    {
        Assert.Equal((16, 260), (sizeof(KvmMsrFilterRangeCompat), sizeof(KvmMsrFilterCompat)));
        Assert.Equal(KvmCompatIoctl.X86SetMsrFilterCompat, Request(Write, 0xC6, sizeof(KvmMsrFilterCompat)));
        Assert.Equal(KvmIoctl.KVM_X86_SET_MSR_FILTER, Request(Write, 0xC6, sizeof(KvmMsrFilter)));

        var passed = new byte[260];
        passed[0] = 1;
        passed[4 + 16 + 4] = 66; // Of the second range.
        passed[4 + 16 + 12] = 0x40;
        var filter = MemoryMarshal.Read<KvmMsrFilterCompat>(passed);
        Assert.Equal(KvmMsrFilterFlags.DefaultDeny, filter.Flags);
        Assert.Equal((66u, 0x40u), (filter.Ranges[1].Nmsrs, filter.Ranges[1].Bitmap));
    }

    // _IOC of the kernel's include/uapi/asm-generic/ioctl.h.
    private static uint Request(uint direction, uint number, int size) => direction << 30 | (uint)size << 16 | 0xAE << 8 | number;
}
