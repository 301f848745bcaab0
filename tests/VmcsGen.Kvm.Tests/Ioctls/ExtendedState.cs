using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>The XSAVE area: x87 and SSE state as FXSAVE lays it out, XSTATE_BV at 512, the upper halves of YMM at 576 (SDM 1 13.4).</summary>
public class ExtendedState
{
    private const byte Port = 0x11;
    private const int Mxcsr = 24;
    private const int Xmm3 = 160 + 3 * 16;
    private const int StateBits = 512;
    private const int Ymm3High = 576 + 3 * 16;

    [Fact]
    public void State_is_read_as_the_guest_left_it_and_loaded_as_it_was_set()
    {
        using var guest = Create();

        guest.RunToOut(Port);
        var state = guest.Vcpu.GetXsave2();
        Assert.Equal(guest.Vcpu.XsaveSize, state.Length);
        Assert.Equal(0x3F80u, BitConverter.ToUInt32(state, Mxcsr));
        Assert.Equal(0b110u, BitConverter.ToUInt64(state, StateBits) & 0b110);
        Assert.Equal("1111111111111111", Convert.ToHexString(state, Xmm3, 8));
        Assert.Equal("3333333333333333", Convert.ToHexString(state, Ymm3High, 8));

        state.AsSpan(Xmm3, 16).Fill(0x55);
        state.AsSpan(Ymm3High, 16).Fill(0x66);
        BitConverter.TryWriteBytes(state.AsSpan(Mxcsr), 0x5F80u);
        guest.Vcpu.SetXsave(state);
        guest.RunToOut(Port);

        Assert.Equal("55555555555555556666666666666666", Convert.ToHexString(guest.Memory.GetSpan(Guest.DataAddress + 8, 16)));
        Assert.Equal(0x5F80u, guest.Memory.Read<uint>(Guest.DataAddress + 40));
    }

    [Fact]
    public void Fixed_size_state_is_the_same()
    {
        using var guest = Create();
        guest.RunToOut(Port);
        Assert.Equal(4096, guest.Vcpu.XsaveSize); // Unless the process asked for AMX.

        guest.Vcpu.GetXsave(out var state);
        Span<uint> words = state.Region;
        Assert.Equal(0x1111_1111u, words[Xmm3 / 4]);
        words[Xmm3 / 4 + 2] = 0x7777_7777;
        guest.Vcpu.SetXsave(state);

        guest.RunToOut(Port);
        Assert.Equal("7777777722222222", Convert.ToHexString(guest.Memory.GetSpan(Guest.DataAddress + 8, 8)));
    }

    [Fact]
    public void Too_little_room_is_refused_before_KVM_writes_beyond_it()
    {
        using var guest = Create();
        var size = guest.Vcpu.XsaveSize;

        Assert.Contains($"{size} bytes", Assert.Throws<ArgumentException>(() => guest.Vcpu.GetXsave2(new byte[size - 1])).Message, StringComparison.Ordinal);
        Assert.Contains($"{size} bytes", Assert.Throws<ArgumentException>(() => guest.Vcpu.SetXsave(new byte[size - 1])).Message, StringComparison.Ordinal);
    }

    // Loads MXCSR and YMM3, stops, and stores the quadwords 1 and 2 of YMM3 and MXCSR.
    private static Guest Create()
    {
        var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                const long Data = (long)Guest.DataAddress;
                code.ldmxcsr(__dword_ptr[Data + 40]);
                code.vmovups(ymm3, __ymmword_ptr[Data]);
                code.@out(Port, al);
                code.vmovups(__ymmword_ptr[Data], ymm3);
                code.stmxcsr(__dword_ptr[Data + 40]);
                code.@out(Port, al);
            },
            null,
            KvmCapability.Xsave2);
        for (var i = 0u; i < 4; i++)
            guest.Memory.Write(Guest.DataAddress + 8 * i, 0x1111_1111_1111_1111ul * (i + 1));
        guest.Memory.Write(Guest.DataAddress + 40, 0x3F80u);
        return guest;
    }
}
