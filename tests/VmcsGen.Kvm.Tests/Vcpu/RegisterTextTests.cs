using Xunit;

namespace VmcsGen.Kvm.Tests.Vcpu;

public class RegisterTextTests
{
    [Fact]
    public void General_registers_are_told_by_name()
    {
        var text = new KvmRegs
        {
            Rip = 0xFFF0,
            Rflags = 2,
            Rax = 0x1234,
            R15 = 0xF15,
        }.ToString();

        Assert.StartsWith("RIP=000000000000FFF0 RFLAGS=00000002 RAX=0000000000001234 ", text, System.StringComparison.Ordinal);
        Assert.EndsWith(" R15=0000000000000F15", text, System.StringComparison.Ordinal);
    }

    [Fact]
    public void System_registers_are_told_with_their_segments()
    {
        KvmSegment code = new()
        {
            Selector = 8,
            Base = 0x1_0000,
            Limit = 0xFFFF,
            Type = 0xB,
            S = 1,
            Present = 1,
            L = 1,
        };
        KvmSegment none = new() { Unusable = 1 };
        const string Code = "CS=[0008 base=10000 limit=FFFF type=B s=1 dpl=0 p=1 avl=0 l=1 db=0 g=0]";

        var text = new KvmSregs
        {
            Cr0 = 0x8000_0011,
            Efer = 0x500,
            Cs = code,
            Fs = none,
            Idt = new() { Base = 0x5000, Limit = 0xFFF },
        }.ToString();
        Assert.StartsWith("CR0=80000011 ", text, System.StringComparison.Ordinal);
        Assert.Contains(" EFER=500 ", text, System.StringComparison.Ordinal);
        Assert.Contains(Code, text, System.StringComparison.Ordinal);
        Assert.Contains("FS=[0000 unusable]", text, System.StringComparison.Ordinal);
        Assert.EndsWith(" IDTR=[base=5000 limit=FFF]", text, System.StringComparison.Ordinal);
        Assert.Contains(Code, new KvmSregs2 { Cs = code }.ToString(), System.StringComparison.Ordinal);
    }
}
