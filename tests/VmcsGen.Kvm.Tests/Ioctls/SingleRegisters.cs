using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>KVM_GET_ONE_REG and KVM_SET_ONE_REG.</summary>
public class SingleRegisters
{
    private const uint SysenterEip = 0x176;

    [Fact]
    public void MSR_is_set_and_read_by_its_identifier()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt(), null, KvmCapability.OneReg);
        var id = KvmRegisterId.OfMsr(SysenterEip);

        guest.Vcpu.SetOneReg(id, 0x1122_3344_5566);

        Assert.Equal(0x1122_3344_5566u, guest.Vcpu.GetOneReg(id));
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = SysenterEip }]);
        Assert.Equal(1, guest.Vcpu.GetMsrs(msrs));
        Assert.Equal(0x1122_3344_5566u, msrs.Entries[0].Data);
    }

    [Fact]
    public void Register_that_does_not_exist_is_refused_by_KVM_with_its_identifier()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt(), null, KvmCapability.OneReg);
        var id = KvmRegisterId.OfMsr(0xDEAD_0001);

        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.GetOneReg(id));

        Assert.Contains("KVM_GET_ONE_REG", refusal.Operation, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains($"0x{id:X}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Room_of_another_size_than_the_identifier_tells_is_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var id = KvmRegisterId.OfMsr(SysenterEip);
        Assert.Equal(8, KvmRegisterId.SizeOf(id));

        Assert.Throws<ArgumentException>(() => guest.Vcpu.GetOneReg(id, new byte[4].AsSpan()));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetOneReg(id, new byte[16].AsSpan()));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.GetOneReg(id | (ulong)KvmRegisterSize.U128));
    }
}
