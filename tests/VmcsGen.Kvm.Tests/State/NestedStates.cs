using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>KVM_GET_NESTED_STATE and KVM_SET_NESTED_STATE, whose size a member of the header tells.</summary>
public unsafe class NestedStates
{
    [Fact]
    public void Room_for_less_than_the_header_is_refused_before_the_ioctl()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_GET_NESTED_STATE);
        foreach (var length in new[] { 0, 8, 127 })
        {
            var refusal = Assert.Throws<ArgumentException>(() => guest.Vcpu.GetNestedState(new byte[length]));
            Assert.Contains($"128 bytes, and there is room for {length}", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, ioctls.Calls);
    }

    [Theory]
    [InlineData(0, 128u)]
    [InlineData(127, 128u)]
    [InlineData(128, 129u)]
    [InlineData(4224, 8320u)]
    [InlineData(8320, uint.MaxValue)]
    public void State_shorter_than_its_size_member_says_is_refused_before_the_ioctl(int length, uint size)
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        var state = new byte[length];
        if (length >= sizeof(KvmNestedState))
            MemoryMarshal.Write(state, new KvmNestedState { Size = size });

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_SET_NESTED_STATE);
        var refusal = Assert.Throws<ArgumentException>(() => guest.Vcpu.SetNestedState(state));

        Assert.Contains($"takes {size} bytes, and there are {length}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void State_that_was_read_can_be_written_or_is_refused_where_nothing_nests()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, GuestPrograms.ReportForEver);
        if (IsRefused(guest))
            return;

        var state = guest.Vcpu.GetNestedState();
        Assert.Equal((uint)state.Length, MemoryMarshal.Read<KvmNestedState>(state).Size);
        guest.Vcpu.SetNestedState(state);

        Assert.Equal(state, guest.Vcpu.GetNestedState());
    }

    [Fact]
    public void KVM_uses_just_as_many_bytes_as_the_size_member_says_or_refuses_where_nothing_nests()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, GuestPrograms.ReportForEver);
        if (IsRefused(guest))
            return;
        var size = guest.Vcpu.GetNestedState().Length;

        using var exact = new GuardedBuffer(size);
        Assert.Equal(size, guest.Vcpu.GetNestedState(exact.Bytes));
        guest.Vcpu.SetNestedState(exact.Bytes);
    }

    [Fact]
    public void State_is_refused_after_Dispose()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        guest.Vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetNestedState());
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetNestedState(new byte[128]));
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.SetNestedState(new byte[128]));
    }

    // Whether this host has no nested virtualization: then the ioctls must refuse, which is checked and said here.
    private static bool IsRefused(Guest guest)
    {
        if (guest.Vm.Has(KvmCapability.NestedState))
            return false;
        Assert.Equal(0, guest.Vcpu.NestedStateMaxSize);
        var header = new byte[sizeof(KvmNestedState)];
        MemoryMarshal.Write(header, new KvmNestedState { Size = (uint)header.Length });

        foreach (
            var (operation, use) in new (string, Action)[]
            {
                ("KVM_GET_NESTED_STATE", () => guest.Vcpu.GetNestedState()),
                ("KVM_GET_NESTED_STATE", () => guest.Vcpu.GetNestedState(new byte[8320])),
                ("KVM_SET_NESTED_STATE", () => guest.Vcpu.SetNestedState(header)),
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal(operation, refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
        }
        TestContext.Current.TestOutputHelper?.WriteLine("No nested virtualization here: the refusal was checked, not the state.");
        return true;
    }
}
