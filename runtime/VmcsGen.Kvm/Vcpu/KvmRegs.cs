namespace VmcsGen.Kvm;

public partial struct KvmRegs
{
    /// <summary>The registers in words, for people: RIP and RFLAGS first. Allocates, which nothing else here does.</summary>
    public override readonly string ToString() =>
        $"RIP={Rip:X16} RFLAGS={Rflags:X8} RAX={Rax:X16} RBX={Rbx:X16} RCX={Rcx:X16} RDX={Rdx:X16} RSI={Rsi:X16} RDI={Rdi:X16} "
        + $"RSP={Rsp:X16} RBP={Rbp:X16} R8={R8:X16} R9={R9:X16} R10={R10:X16} R11={R11:X16} R12={R12:X16} R13={R13:X16} R14={R14:X16} R15={R15:X16}";
}
