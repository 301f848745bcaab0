using System;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>KVM_GET_ONE_REG, KVM_SET_ONE_REG and KVM_GET_REG_LIST.</summary>
public unsafe class OneRegisterTests
{
    private const uint SysenterCs = 0x174;

    [Fact]
    public void MSR_that_was_set_as_a_register_is_read_as_an_MSR_and_back()
    {
        using var guest = Create();
        var id = KvmRegisterId.OfMsr(SysenterCs);

        guest.Vcpu.SetOneReg(id, 0x1234);
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = SysenterCs }]);
        Assert.Equal(1, guest.Vcpu.GetMsrs(msrs));
        Assert.Equal(0x1234u, msrs.Entries[0].Data);

        msrs.Entries[0].Data = 0x5678;
        guest.Vcpu.SetMsrs(msrs);
        Assert.Equal(0x5678u, guest.Vcpu.GetOneReg(id));
        var bytes = new byte[8];
        guest.Vcpu.GetOneReg(id, bytes);
        Assert.Equal([0x78, 0x56, 0, 0, 0, 0, 0, 0], bytes);
    }

    [Fact]
    public void Identifiers_are_composed_as_the_header_s_macros_do()
    {
        Assert.Equal(0x2030_0002_0000_0174u, KvmRegisterId.OfMsr(SysenterCs));
        Assert.Equal(0x2030_0003_0000_0000u, KvmRegisterId.OfSynthetic(KvmX86SyntheticRegister.GuestSsp));
        Assert.Equal(8, KvmRegisterId.SizeOf(KvmRegisterId.OfMsr(0)));
        Assert.Equal(1, KvmRegisterId.SizeOf((ulong)KvmRegisterSize.U8));
        Assert.Equal(256, KvmRegisterId.SizeOf((ulong)KvmRegisterSize.U2048));
        Assert.Equal(32768, KvmRegisterId.SizeOf(ulong.MaxValue));
    }

    [Fact]
    public void Value_of_another_size_than_the_register_is_refused_before_the_ioctl()
    {
        using var guest = Create();
        var id = KvmRegisterId.OfMsr(SysenterCs);
        var large = (ulong)KvmRegisterArchitecture.X86 | (ulong)KvmRegisterSize.U2048;

        using (var gets = LibcFault.Watch(KvmIoctl.KVM_GET_ONE_REG))
        {
            foreach (var length in new[] { 0, 7, 9 })
            {
                var refusal = Assert.Throws<ArgumentException>(() => guest.Vcpu.GetOneReg(id, new byte[length]));
                Assert.Contains($"has 8 bytes, not {length}", refusal.Message, StringComparison.Ordinal);
            }
            Assert.Throws<ArgumentException>(() => guest.Vcpu.GetOneReg(large));
            Assert.Equal(0, gets.Calls);
        }
        using var sets = LibcFault.Watch(KvmIoctl.KVM_SET_ONE_REG);
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetOneReg(id, new byte[7]));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetOneReg(id, new byte[9]));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetOneReg(large, 0));
        Assert.Equal(0, sets.Calls);
    }

    [Fact]
    public void KVM_reads_and_writes_just_the_bytes_of_the_register()
    {
        using var guest = Create();
        var id = KvmRegisterId.OfMsr(SysenterCs);
        using var exact = new GuardedBuffer(8);
        using var shorter = new GuardedBuffer(7);

        guest.Vcpu.SetOneReg(id, exact.Bytes);
        guest.Vcpu.GetOneReg(id, exact.Bytes);

        KvmOneReg control = new() { Id = id, Addr = (ulong)shorter.Pointer };
        foreach (var request in new[] { KvmIoctl.KVM_GET_ONE_REG, KvmIoctl.KVM_SET_ONE_REG })
            Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => guest.Vcpu.UnsafeIoctl(request, in control)).Errno);
    }

    [Fact]
    public void Register_that_does_not_exist_is_refused_and_the_message_names_it()
    {
        using var guest = Create();

        const ulong OfArm = (ulong)KvmRegisterArchitecture.Arm64 | (ulong)KvmRegisterSize.U64;
        foreach (var id in new[] { KvmRegisterId.OfMsr(0xDEAD_0001), OfArm, 0x2030_0009_0000_0000u })
        {
            var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.GetOneReg(id));
            Assert.Equal("KVM_GET_ONE_REG", refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
            Assert.Contains($"register 0x{id:X}", refusal.Message, StringComparison.Ordinal);
            refusal = Assert.Throws<KvmException>(() => guest.Vcpu.SetOneReg(id, 0));
            Assert.Equal("KVM_SET_ONE_REG", refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
        }
        guest.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetOneReg(KvmRegisterId.OfMsr(SysenterCs)));
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.SetOneReg(KvmRegisterId.OfMsr(SysenterCs), 0));
    }

    [Fact]
    public void Registers_on_the_list_are_known_by_their_kind()
    {
        using var guest = Create();

        foreach (var id in guest.Vcpu.GetRegList())
        {
            Assert.Equal((ulong)KvmRegisterArchitecture.X86, id & KvmOneRegister.ArchMask);
            Assert.Equal((ulong)KvmX86RegisterType.Kvm, (id >> 32) & 0xFF);
        }
    }

    private static Guest Create() => Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver, null, KvmCapability.OneReg);
}
