using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>KVM_GET_XSAVE, KVM_GET_XSAVE2 and KVM_SET_XSAVE, whose size is the host's.</summary>
public unsafe class XsaveAreas
{
    // Where the legacy area holds XMM registers, and where XSTATE_BV is. Source: SDM 1 13.4.
    private const int Xmm0 = 160;
    private const int XstateBv = 512;

    [Fact]
    public void Area_has_the_registers_as_the_guest_left_them()
    {
        using var guest = CreateSwapper();
        guest.RunToOut(GuestPrograms.Port);

        var all = guest.Vcpu.GetXsave2();
        guest.Vcpu.GetXsave(out var first);

        Assert.Equal(guest.Vcpu.XsaveSize, all.Length);
        Assert.Equal(0x1122_3344_5566_7788u, MemoryMarshal.Read<ulong>(all.AsSpan(Xmm0 + 16 * 3)));
        var region = MemoryMarshal.AsBytes((ReadOnlySpan<uint>)first.Region);
        Assert.Equal(0x1122_3344_5566_7788u, MemoryMarshal.Read<ulong>(region[(Xmm0 + 16 * 3)..]));
        Assert.True((MemoryMarshal.Read<ulong>(all.AsSpan(XstateBv)) & 0b10) != 0, "The SSE state is not the initial one.");
    }

    [Fact]
    public void Guest_has_the_registers_as_they_were_set()
    {
        using var guest = CreateSwapper();
        guest.RunToOut(GuestPrograms.Port);
        var area = guest.Vcpu.GetXsave2();

        MemoryMarshal.Write(area.AsSpan(Xmm0 + 16 * 3), 0xAABB_CCDD_0000_0001ul);
        guest.Vcpu.SetXsave(area);
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal(0xAABB_CCDD_0000_0001u, guest.Memory.Read<ulong>(Guest.DataAddress));

        Assert.SkipWhen(guest.Vcpu.XsaveSize > sizeof(KvmXsave), "The state here is larger than the struct.");
        guest.Vcpu.GetXsave(out var xsave);
        MemoryMarshal.Write(MemoryMarshal.AsBytes((Span<uint>)xsave.Region)[(Xmm0 + 16 * 3)..], 0xAABB_CCDD_0000_0002ul);
        guest.Vcpu.SetXsave(xsave);
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal(0xAABB_CCDD_0000_0002u, guest.Memory.Read<ulong>(Guest.DataAddress));
    }

    [Fact]
    public void Area_shorter_than_the_capability_says_is_refused_before_the_ioctl()
    {
        using var guest = CreateSwapper();
        var size = guest.Vcpu.XsaveSize;
        Assert.Equal(Math.Max(guest.Vm.Check(KvmCapability.Xsave2), 4096), size);

        using (var gets = LibcFault.Watch(KvmIoctl.KVM_GET_XSAVE2))
        {
            foreach (var length in new[] { 0, 512, size - 1 })
            {
                var refusal = Assert.Throws<ArgumentException>(() => guest.Vcpu.GetXsave2(new byte[length]));
                Assert.Contains($"takes {size} bytes here, and there are {length}", refusal.Message, StringComparison.Ordinal);
            }
            Assert.Equal(0, gets.Calls);
        }
        using var sets = LibcFault.Watch(KvmIoctl.KVM_SET_XSAVE);
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetXsave(new byte[size - 1]));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetXsave(default(ReadOnlySpan<byte>)));
        Assert.Equal(0, sets.Calls);
    }

    [Fact]
    public void KVM_reads_and_writes_just_as_many_bytes_as_the_capability_says()
    {
        using var guest = CreateSwapper();
        guest.RunToOut(GuestPrograms.Port);

        using (var exact = new GuardedBuffer(guest.Vcpu.XsaveSize))
        {
            guest.Vcpu.GetXsave2(exact.Bytes);
            Assert.Equal(0x1122_3344_5566_7788u, MemoryMarshal.Read<ulong>(exact.Bytes[(Xmm0 + 16 * 3)..]));
            guest.Vcpu.SetXsave(exact.Bytes);
        }
        using var shorter = new GuardedBuffer(guest.Vcpu.XsaveSize - 1);
        foreach (var request in new[] { KvmIoctl.KVM_GET_XSAVE2, KvmIoctl.KVM_SET_XSAVE })
            Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => guest.Vcpu.UnsafeIoctl(request, shorter.Pointer)).Errno);
        using var small = new GuardedBuffer(sizeof(KvmXsave));
        guest.Vcpu.UnsafeIoctl(KvmIoctl.KVM_GET_XSAVE, small.Pointer);
    }

    [Fact]
    public void State_that_the_vCPU_lacks_is_refused()
    {
        using var guest = CreateSwapper();
        var area = guest.Vcpu.GetXsave2();
        MemoryMarshal.Write(area.AsSpan(XstateBv), 1ul << 62);

        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.SetXsave(area));

        Assert.Equal("KVM_SET_XSAVE", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public void Area_is_refused_after_Dispose()
    {
        using var guest = CreateSwapper();
        guest.Vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.XsaveSize);
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetXsave2());
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetXsave(out _));
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.SetXsave(new byte[4096]));
    }

    // Loads XMM3, and from then on stores it before each report.
    private static Guest CreateSwapper() =>
        Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(rax, 0x1122_3344_5566_7788);
                code.movq(xmm3, rax);
                code.Label(ref loop);
                code.@out(GuestPrograms.Port, al);
                code.movq(__qword_ptr[(long)Guest.DataAddress], xmm3);
                code.jmp(loop);
            },
            null,
            KvmCapability.Xsave,
            KvmCapability.Xsave2
        );
}
