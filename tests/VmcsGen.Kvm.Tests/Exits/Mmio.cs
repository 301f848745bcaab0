using System;
using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class Mmio
{
    private const byte DonePort = 0x11;
    private const ulong Pattern = 0xF1E2_D3C4_B5A6_9788;

    // Aligned and not, the last ones across the end of a page.
    private static readonly int[] s_offsets = [0, 8, 1, 3, 0xFFD, 0xFFF];

    public static TheoryData<GuestMode, int, int> Accesses
    {
        get
        {
            TheoryData<GuestMode, int, int> data = [];
            foreach (var mode in Enum.GetValues<GuestMode>())
            {
                foreach (var size in mode is GuestMode.Real or GuestMode.Protected ? [1, 2, 4] : new[] { 1, 2, 4, 8 })
                {
                    foreach (var offset in s_offsets)
                        data.Add(mode, size, offset);
                }
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Accesses))]
    public void Write_gives_address_length_and_bytes(GuestMode mode, int size, int offset)
    {
        using var guest = Guest.Create(
            mode,
            code =>
            {
                Load(code, Pattern);
                Store(code, size, __.fs[offset]);
                code.@out(DonePort, al);
            }
        );
        var device = new MmioDevice(guest.Window);
        device.Bytes.AsSpan().Fill(0xEE);

        device.Serve(guest);

        var expected = Enumerable.Repeat((byte)0xEE, device.Bytes.Length).ToArray();
        BitConverter.GetBytes(Pattern).AsSpan(0, size).CopyTo(expected.AsSpan(offset));
        Assert.Equal(expected, device.Bytes);
        AssertCovers(device.Accesses, offset, size, isWrite: true);
    }

    [Theory, MemberData(nameof(Accesses))]
    public void Read_gets_the_answered_bytes(GuestMode mode, int size, int offset)
    {
        using var guest = Guest.Create(
            mode,
            code =>
            {
                Load(code, 0);
                Fetch(code, size, __.fs[offset]);
                Store(code, code.Bitness == 64 ? 8 : 4, __[(long)Guest.DataAddress]);
                code.@out(DonePort, al);
            }
        );
        var device = new MmioDevice(guest.Window);
        new Random(offset).NextBytes(device.Bytes);

        device.Serve(guest);

        var expected = new byte[8];
        device.Bytes.AsSpan(offset, size).CopyTo(expected);
        Assert.Equal(expected, guest.Memory.GetSpan(Guest.DataAddress, 8).ToArray());
        AssertCovers(device.Accesses, offset, size, isWrite: false);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Answer_gives_the_low_bytes_of_the_value(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.movzx(eax, __word_ptr.fs[0x10]);
                code.@out(DonePort, eax);
            }
        );

        var mmio = guest.RunTo(KvmExitReason.Mmio).Mmio;
        Assert.False(mmio.IsWrite);
        Assert.Equal(guest.Window + 0x10, mmio.Address);
        Assert.Equal(2, mmio.Length);
        mmio.Answer(0x1234_5678);

        Assert.Equal(0x5678u, guest.RunToOut(DonePort));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Read_modify_write_is_a_read_and_then_a_write(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.add(__dword_ptr.fs[4], 7);
                code.@out(DonePort, al);
            }
        );
        var device = new MmioDevice(guest.Window);
        device.Bytes[4] = 35;

        device.Serve(guest);

        Assert.Equal(42, device.Bytes[4]);
        Assert.Equal([(4u, 4, false), (4u, 4, true)], device.Accesses);
    }

    [Fact]
    public void Write_takes_no_answer()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.mov(__.fs[0], al));

        var refusal = guest.RunTo(KvmExitReason.Mmio).Refuses<InvalidOperationException>(static exit => exit.Mmio.Answer(1));

        Assert.Contains("0xB8000", refusal.Message, StringComparison.Ordinal);
    }

    private static void AssertCovers(List<(ulong Offset, int Length, bool IsWrite)> accesses, int offset, int size, bool isWrite)
    {
        Assert.All(accesses, access => Assert.Equal(isWrite, access.IsWrite));
        Assert.Equal((ulong)offset, accesses[0].Offset);
        Assert.Equal(size, accesses.Sum(static access => access.Length));
    }

    private static void Load(Assembler code, ulong value)
    {
        if (code.Bitness == 64)
            code.mov(rax, value);
        else
            code.mov(eax, (uint)value);
    }

    private static void Store(Assembler code, int size, AssemblerMemoryOperand target)
    {
        switch (size)
        {
            case 1:
                code.mov(target, al);
                break;
            case 2:
                code.mov(target, ax);
                break;
            case 4:
                code.mov(target, eax);
                break;
            default:
                code.mov(target, rax);
                break;
        }
    }

    private static void Fetch(Assembler code, int size, AssemblerMemoryOperand source)
    {
        switch (size)
        {
            case 1:
                code.mov(al, source);
                break;
            case 2:
                code.mov(ax, source);
                break;
            case 4:
                code.mov(eax, source);
                break;
            default:
                code.mov(rax, source);
                break;
        }
    }
}
