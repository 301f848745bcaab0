using System;
using System.Collections.Generic;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class StringPortIo
{
    private const ushort Port = 0x3F0;
    private const byte DonePort = 0x11;

    public static MatrixTheoryData<GuestMode, int> ModesAndSizes { get; } =
        new([GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor, GuestMode.LongUser], [1, 2, 4]);

    [Theory, MemberData(nameof(ModesAndSizes))]
    public void REP_INS_takes_every_item_in_order_and_several_in_one_exit(GuestMode mode, int size)
    {
        const int Items = 100;
        using var guest = Guest.Create(
            mode,
            code =>
            {
                Prepare(code, Items);
                switch (size)
                {
                    case 1:
                        code.rep.insb();
                        break;
                    case 2:
                        code.rep.insw();
                        break;
                    default:
                        code.rep.insd();
                        break;
                }
                code.@out(DonePort, al);
            }
        );
        var input = new byte[Items * size];
        new Random(size).NextBytes(input);

        var given = 0;
        var largest = 0;
        while (true)
        {
            var io = guest.RunTo(KvmExitReason.Io).Io;
            if (io.Port == DonePort)
                break;
            Assert.Equal(KvmIoDirection.In, io.Direction);
            Assert.Equal(Port, io.Port);
            Assert.Equal(size, io.Size);
            Assert.Equal(io.Count * size, io.Data.Length);
            input.AsSpan(given, io.Data.Length).CopyTo(io.Data);
            given += io.Data.Length;
            largest = Math.Max(largest, io.Count);
        }

        Assert.Equal(input.Length, given);
        Assert.True(largest > 1, "No exit had more than one item.");
        Assert.Equal(input, guest.Memory.GetSpan(Guest.DataAddress, input.Length).ToArray());
    }

    [Fact]
    public void One_answer_serves_every_item_of_REP_INS()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                Prepare(code, 20);
                code.rep.insw();
                code.@out(DonePort, al);
            }
        );

        while (true)
        {
            var io = guest.RunTo(KvmExitReason.Io).Io;
            if (io.Port == DonePort)
                break;
            io.Answer(0x55AA);
        }

        for (var i = 0u; i < 20; i++)
            Assert.Equal(0x55AA, guest.Memory.Read<ushort>(Guest.DataAddress + 2 * i));
        Assert.Equal(0, guest.Memory.Read<ushort>(Guest.DataAddress + 2 * 20));
    }

    [Theory, MemberData(nameof(ModesAndSizes))]
    public void REP_OUTS_gives_every_item_in_order(GuestMode mode, int size)
    {
        const int Items = 30;
        using var guest = Guest.Create(
            mode,
            code =>
            {
                Prepare(code, Items);
                switch (size)
                {
                    case 1:
                        code.rep.outsb();
                        break;
                    case 2:
                        code.rep.outsw();
                        break;
                    default:
                        code.rep.outsd();
                        break;
                }
                code.@out(DonePort, al);
            }
        );
        var expected = new byte[Items * size];
        new Random(size).NextBytes(expected);
        guest.Memory.Write(Guest.DataAddress, expected);

        List<byte> seen = [];
        while (true)
        {
            var io = guest.RunTo(KvmExitReason.Io).Io;
            if (io.Port == DonePort)
                break;
            Assert.Equal(KvmIoDirection.Out, io.Direction);
            Assert.Equal(Port, io.Port);
            Assert.Equal(size, io.Size);
            for (var item = 0; item < io.Count; item++)
                seen.AddRange(BitConverter.GetBytes(io[item]).AsSpan(0, size));
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Item_beyond_the_count_is_refused()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                Prepare(code, 4);
                code.rep.insd();
            }
        );

        guest.RunTo(KvmExitReason.Io).Refuses<ArgumentOutOfRangeException>(static exit => _ = exit.Io[exit.Io.Count]);
        guest.RunTo(KvmExitReason.Io).Refuses<ArgumentOutOfRangeException>(static exit => _ = exit.Io[-1]);
    }

    // (E/R)SI and (E/R)DI point to the data, (E/R)CX counts, DX is the port.
    private static void Prepare(Assembler code, uint items)
    {
        code.cld();
        code.mov(esi, (uint)Guest.DataAddress);
        code.mov(edi, (uint)Guest.DataAddress);
        code.mov(ecx, items);
        code.mov(dx, Port);
    }
}
