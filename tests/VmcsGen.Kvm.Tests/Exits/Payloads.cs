using System;
using System.IO;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class Payloads
{
    [Fact]
    public void Payload_of_another_reason_is_refused_and_the_message_tells_the_reason()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@out(0x42, al);
                code.mov(__.fs[0], al);
            }
        );
        var exit = guest.RunTo(KvmExitReason.Io);

        ExitUse[] others =
        [
            static exit => _ = exit.Mmio,
            static exit => _ = exit.Msr,
            static exit => _ = exit.Hypercall,
            static exit => _ = exit.InternalError,
            static exit => _ = exit.SystemEvent,
            static exit => _ = exit.FailEntry,
            static exit => _ = exit.MemoryFault,
            static exit => _ = exit.Debug,
        ];
        foreach (var other in others)
        {
            var refusal = exit.Refuses<InvalidOperationException>(other);
            Assert.Contains("Io: 8-bit OUT to port 0x42", refusal.Message, StringComparison.Ordinal);
        }
        guest.RunTo(KvmExitReason.Mmio).Refuses<InvalidOperationException>(static exit => _ = exit.Io);
    }

    [Fact]
    public void Port_data_outside_the_run_page_is_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x42, al));
        var exit = guest.RunTo(KvmExitReason.Io);
        var last = (ulong)guest.Host.VcpuMmapSize - 1;

        exit.RunPage.Io.DataOffset = last;
        Assert.Equal(1, exit.Io.Data.Length);
        foreach (var offset in new[] { last + 1, ulong.MaxValue })
        {
            exit.RunPage.Io.DataOffset = offset;
            exit.Refuses<InvalidDataException>(static exit => _ = exit.Io.Data);
        }
        exit.RunPage.Io.DataOffset = 0;
        exit.RunPage.Io.Count = uint.MaxValue;
        exit.Refuses<InvalidDataException>(static exit => _ = exit.Io.Data);
    }

    [Fact]
    public void MMIO_data_is_never_longer_than_its_room()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.mov(__.fs[0], al));
        var exit = guest.RunTo(KvmExitReason.Mmio);

        exit.RunPage.Mmio.Len = uint.MaxValue;

        Assert.Equal(8, exit.Mmio.Length);
        Assert.Equal(8, exit.Mmio.Data.Length);
    }

    [Fact]
    public void Port_and_MMIO_exits_describe_themselves()
    {
        using var guest = Guest.Create(
            GuestMode.Protected,
            static code =>
            {
                code.mov(eax, 0x1234_5678);
                code.@out(0x42, eax);
                code.@in(ax, 0x43);
                code.mov(__.fs[8], eax);
                code.mov(eax, __.fs[12]);
                code.mov(edi, (uint)Guest.DataAddress);
                code.mov(ecx, 20);
                code.mov(dx, 0x3F0);
                code.rep.insb();
            }
        );

        Assert.Equal("Io: 32-bit OUT to port 0x42: 78563412", guest.Run().ToString());
        Assert.Equal("Io: 16-bit IN from port 0x43", guest.Run().ToString());
        Assert.StartsWith("Mmio: 4-byte write at guest physical 0x40000008: ", guest.Run().ToString(), StringComparison.Ordinal);
        Assert.Equal("Mmio: 4-byte read at guest physical 0x4000000C", guest.Run().ToString());
        Assert.Equal("Io: 20 x 8-bit IN from port 0x3F0", guest.Run().ToString());
    }
}
