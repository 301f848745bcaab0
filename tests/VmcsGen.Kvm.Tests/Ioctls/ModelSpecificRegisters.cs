using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class ModelSpecificRegisters
{
    private const uint SysenterCs = 0x174;
    private const uint SysenterEsp = 0x175;
    private const uint SysenterEip = 0x176;
    private const uint Missing = 0xDEAD_0001;

    [Fact]
    public void MSRs_that_were_set_are_read_back_and_counted()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());

        Assert.Equal(3, guest.Vcpu.SetMsrs(Buffer((SysenterCs, 0x8), (SysenterEsp, 0x1_2345), (SysenterEip, 0x6_789A))));

        var back = Buffer((SysenterEip, 0), (SysenterCs, 0), (SysenterEsp, 0));
        Assert.Equal(3, guest.Vcpu.GetMsrs(back));
        Assert.Equal(0x6_789Aul, back.Entries[0].Data);
        Assert.Equal(0x8ul, back.Entries[1].Data);
        Assert.Equal(0x1_2345ul, back.Entries[2].Data);
    }

    [Fact]
    public void Count_ends_before_the_first_MSR_that_fails()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());

        Assert.Equal(1, guest.Vcpu.SetMsrs(Buffer((SysenterCs, 0x10), (Missing, 1), (SysenterEip, 0x5555))));

        var back = Buffer((SysenterCs, 0), (SysenterEip, 0xFFFF), (Missing, 0));
        Assert.Equal(2, guest.Vcpu.GetMsrs(back));
        Assert.Equal(0x10ul, back.Entries[0].Data);
        Assert.Equal(0ul, back.Entries[1].Data);
        Assert.Equal(0, guest.Vcpu.GetMsrs(Buffer((Missing, 0))));
    }

    [Fact]
    public void Guest_reads_what_was_set_and_what_it_writes_is_read()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(ecx, SysenterEsp);
                code.rdmsr();
                code.@out(0x11, eax);
                code.add(eax, 1);
                code.mov(ecx, SysenterEip);
                code.wrmsr();
                code.@out(0x11, eax);
            }
        );
        guest.Vcpu.SetMsrs(Buffer((SysenterEsp, 0x7654_3210)));

        Assert.Equal(0x7654_3210u, guest.RunToOut(0x11));
        guest.RunToOut(0x11);

        var back = Buffer((SysenterEip, 0));
        Assert.Equal(1, guest.Vcpu.GetMsrs(back));
        Assert.Equal(0x7654_3211ul, back.Entries[0].Data & uint.MaxValue);
    }

    private static KvmBuffer<KvmMsrs, KvmMsrEntry> Buffer(params (uint Index, ulong Data)[] msrs) =>
        new(System.Array.ConvertAll(msrs, static msr => new KvmMsrEntry { Index = msr.Index, Data = msr.Data }));
}
