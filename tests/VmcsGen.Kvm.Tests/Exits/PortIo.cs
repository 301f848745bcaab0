using System;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class PortIo
{
    private const byte Port = 0x42;
    private const ushort FarPort = 0x1234;
    private const uint Pattern = 0xA1B2_C3D4;

    public static MatrixTheoryData<GuestMode, int> ModesAndSizes { get; } =
        new([GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor, GuestMode.LongUser], [1, 2, 4]);

    [Theory, MemberData(nameof(ModesAndSizes))]
    public void OUT_tells_port_size_and_value(GuestMode mode, int size)
    {
        using var guest = Guest.Create(
            mode,
            code =>
            {
                code.mov(eax, Pattern);
                code.mov(dx, FarPort);
                Out(code, size);
            }
        );

        var io = guest.RunTo(KvmExitReason.Io).Io;

        Assert.Equal(KvmIoDirection.Out, io.Direction);
        Assert.Equal(FarPort, io.Port);
        Assert.Equal(size, io.Size);
        Assert.Equal(1, io.Count);
        Assert.Equal(Low(Pattern, size), io.Value);
        Assert.Equal(BitConverter.GetBytes(Pattern)[..size], io.Data.ToArray());
    }

    [Theory, MemberData(nameof(ModesAndSizes))]
    public void IN_puts_the_answer_into_the_low_part_of_the_accumulator(GuestMode mode, int size)
    {
        using var guest = Guest.Create(
            mode,
            code =>
            {
                code.mov(eax, 0x1111_1111);
                code.mov(dx, FarPort);
                In(code, size);
                code.@out(Port, eax);
            }
        );

        var io = guest.RunTo(KvmExitReason.Io).Io;
        Assert.Equal(KvmIoDirection.In, io.Direction);
        Assert.Equal(FarPort, io.Port);
        Assert.Equal(size, io.Size);
        Assert.Equal(1, io.Count);
        io.Answer(Pattern);

        Assert.Equal((0x1111_1111 & ~Low(uint.MaxValue, size)) | Low(Pattern, size), guest.RunToOut(Port));
    }

    [Fact]
    public void Answer_may_be_written_into_the_data_too()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@in(eax, Port);
                code.@out(Port, eax);
            }
        );

        BitConverter.TryWriteBytes(guest.RunTo(KvmExitReason.Io).Io.Data, Pattern);

        Assert.Equal(Pattern, guest.RunToOut(Port));
    }

    [Fact]
    public void OUT_takes_no_answer()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(Port, al));

        var refusal = guest.RunTo(KvmExitReason.Io).Refuses<InvalidOperationException>(static exit => exit.Io.Answer(1));

        Assert.Contains("0x42", refusal.Message, StringComparison.Ordinal);
    }

    private static uint Low(uint value, int size) => value & (uint)((1UL << (8 * size)) - 1);

    private static void Out(Assembler code, int size)
    {
        switch (size)
        {
            case 1:
                code.@out(dx, al);
                break;
            case 2:
                code.@out(dx, ax);
                break;
            default:
                code.@out(dx, eax);
                break;
        }
    }

    private static void In(Assembler code, int size)
    {
        switch (size)
        {
            case 1:
                code.@in(al, dx);
                break;
            case 2:
                code.@in(ax, dx);
                break;
            default:
                code.@in(eax, dx);
                break;
        }
    }
}
