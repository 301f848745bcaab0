using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Guests that begin in a mode with one call, and computations that only that mode can do.</summary>
public class StartStates
{
    [Fact]
    public void Real_mode()
    {
        // mov ax,cs; out 11h,ax; mov ax,[7000h] by DS 0; out 12h,ax
        using var machine = new Machine([0x8C, 0xC8, 0xE7, 0x11, 0xA1, 0x00, 0x70, 0xE7, 0x12], 0x1_0010);
        machine.Memory.Write(0x7000, (ushort)0xBEEF);
        machine.Vcpu.StartInRealMode(cs: 0x1000, ip: 0x10, sp: 0x7C00);

        Assert.Equal((0x11, 0x1000u), machine.RunToOut());
        Assert.Equal((0x12, 0xBEEFu), machine.RunToOut());
        machine.Vcpu.GetRegs(out var regs);
        Assert.Equal(0x7C00u, regs.Rsp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Protected_mode(bool isPaged)
    {
        // push 12345678h; pop ecx; mov eax,[1C0000h]; add eax,ecx; out 11h,eax
        using var machine = new Machine(
            [0x68, 0x78, 0x56, 0x34, 0x12, 0x59, 0xA1, 0x00, 0x00, 0x1C, 0x00, 0x01, 0xC8, 0xE7, 0x11],
            0x8_0000
        );
        machine.Memory.Write(0x1C_0000, 0x1000_0000u);
        machine.Memory.Write(0x3000, 0x83u); // A page of 4 MiB: present, writable.
        var keepsPaging = KeepsPagingOutsideLongMode();
        machine.Vcpu.StartInProtectedMode(eip: 0x8_0000, esp: 0x10_0000, isPaged ? 0x3000 : null);

        machine.Vcpu.GetSregs(out var sregs);
        var isPaging = isPaged && keepsPaging;
        Assert.Equal(
            (isPaging ? 0x8000_0011u : 0x11u, isPaged ? 0x3000u : 0, isPaged ? 0x10u : 0, 0ul),
            (sregs.Cr0, sregs.Cr3, sregs.Cr4, sregs.Efer)
        );
        foreach (var segment in new[] { sregs.Cs, sregs.Ss, sregs.Ds, sregs.Es, sregs.Fs, sregs.Gs })
            Assert.Equal(
                (0ul, uint.MaxValue, (byte)1, (byte)0, (byte)0),
                (segment.Base, segment.Limit, segment.Db, segment.L, segment.Dpl)
            );
        if (isPaging == isPaged)
            Assert.Equal((0x11, 0x2234_5678u), machine.RunToOut());
        else
            Assert.Equal(KvmExitReason.Shutdown, machine.Vcpu.Run().Reason);
    }

    [Fact]
    public void Long_mode_with_an_identity_map()
    {
        // push rax; mov rcx,1122334455667788h; shr rcx,32; mov eax,ecx; out 11h,eax
        using var machine = new Machine(
            [0x50, 0x48, 0xB9, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x48, 0xC1, 0xE9, 0x20, 0x89, 0xC8, 0xE7, 0x11],
            0x8_0000
        );
        machine.Vcpu.SetCpuid2(CpuidBuilder.FromSupported(machine.Host));
        var cr3 = GuestPageTables.WriteIdentityMap(machine.Vm.Memory, 0x1_0000, 3ul << 30);
        machine.Vcpu.StartInLongMode(rip: 0x8_0000, rsp: 0x10_0000, cr3);

        Assert.Equal((0x11, 0x1122_3344u), machine.RunToOut());
        foreach (var address in new ulong[] { 0, 0x1234, 0x20_0000, (3ul << 30) - 1 })
        {
            Assert.True(machine.Vcpu.TryTranslate(address, out var physical));
            Assert.Equal(address, physical);
        }
        Assert.False(machine.Vcpu.TryTranslate(3ul << 30, out _));
    }

    [Theory]
    [InlineData(1, 0x3000)]
    [InlineData(1ul << 30, 0x3000)]
    [InlineData((1ul << 30) + 1, 0x4000)]
    [InlineData(512ul << 30, 0x20_2000)]
    public void Size_of_tables(ulong size, ulong expected) => Assert.Equal(expected, GuestPageTables.SizeOfIdentityMap(size));

    [Fact]
    public void Sizes_that_no_tables_have_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestPageTables.SizeOfIdentityMap(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestPageTables.SizeOfIdentityMap((512ul << 30) + 1));
    }

    // kvm_pvm clears CR0.PG outside long mode and cannot run such guests.
    private static bool KeepsPagingOutsideLongMode()
    {
        using var machine = new Machine([], 0);
        machine.Vcpu.GetSregs(out var sregs);
        machine.Vcpu.SetSregs(sregs with { Cr0 = 0x8000_0011, Cr3 = 0x3000, Cr4 = 0x10 });
        machine.Vcpu.GetSregs(out var kept);
        return kept.Cr0 == 0x8000_0011;
    }

    private sealed class Machine : IDisposable
    {
        public Machine(ReadOnlySpan<byte> code, ulong address)
        {
            Host = TestHost.Open();
            Vm = Host.CreateVm();
            Memory = GuestMemory.Allocate(0x20_0000);
            Vm.MapMemory(0, Memory);
            Vcpu = Vm.CreateVcpu(0);
            Memory.Write(address, code);
        }

        public KvmHost Host { get; }

        public KvmVm Vm { get; }

        public GuestMemory Memory { get; }

        public KvmVcpu Vcpu { get; }

        public (int Port, uint Value) RunToOut()
        {
            while (true)
            {
                var exit = Vcpu.Run();
                if (exit.Reason == KvmExitReason.Intr)
                    continue;
                Assert.True(exit.Reason == KvmExitReason.Io, exit.ToString());
                return (exit.Io.Port, exit.Io.Value);
            }
        }

        public void Dispose()
        {
            Vcpu.Dispose();
            Vm.Dispose();
            Memory.Dispose();
            Host.Dispose();
        }
    }
}
