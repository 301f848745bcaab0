using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class DebugRegisters
{
    private const ulong Data = Guest.DataAddress;

    [Fact]
    public void Guest_has_the_debug_registers_that_were_set()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(rax, dr0);
                code.mov(__[(long)Data], rax);
                code.mov(rax, dr1);
                code.mov(__[(long)Data + 8], rax);
                code.mov(rax, dr2);
                code.mov(__[(long)Data + 16], rax);
                code.mov(rax, dr3);
                code.mov(__[(long)Data + 24], rax);
                code.mov(rax, dr6);
                code.mov(__[(long)Data + 32], rax);
                code.mov(rax, dr7);
                code.mov(__[(long)Data + 40], rax);
                code.@out(0x11, al);
            },
            null,
            KvmCapability.Debugregs
        );
        guest.Vcpu.GetDebugregs(out var registers);
        ulong[] addresses = [0x11_1000, 0x22_2000, 0x33_3000, 0x44_4000];
        addresses.AsSpan().CopyTo(registers.Db);
        registers.Dr6 = 0xFFFF_0FF1;
        registers.Dr7 = 0x400;
        guest.Vcpu.SetDebugregs(registers);

        guest.RunToOut(0x11);

        Assert.Equal(
            [.. addresses, 0xFFFF_0FF1, 0x400ul],
            Enumerable.Range(0, 6).Select(i => guest.Memory.Read<ulong>(Data + 8 * (ulong)i))
        );
        guest.Vcpu.GetDebugregs(out var back);
        Assert.Equal(addresses, ((ReadOnlySpan<ulong>)back.Db).ToArray());
        Assert.Equal(0xFFFF_0FF1u, back.Dr6);
        Assert.Equal(0x400u, back.Dr7);
    }
}
