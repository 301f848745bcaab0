using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>Guests calculate with operands that they get from here, so the right result cannot come about by chance.</summary>
public class Computation
{
    private const byte OperandPort = 0x10;
    private const byte ResultPort = 0x11;

    public static MatrixTheoryData<GuestMode, (uint A, uint B)> Cases { get; } =
        new(
            [GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor, GuestMode.LongUser],
            [(0, 0), (1, 1), (7, 0xFFFF_FFFF), (0x8000_0000, 2), (0xFFFF_FFFF, 0xFFFF_FFFF), (123_456_789, 987_654_321)]
        );

    [Theory, MemberData(nameof(Cases))]
    public void Result_depends_on_both_operands_as_the_instructions_say(GuestMode mode, (uint A, uint B) operands)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@in(eax, OperandPort);
                code.mov(ebx, eax);
                code.@in(eax, OperandPort);
                code.mov(ecx, eax);
                code.mul(ebx);
                code.ror(edx, 7);
                code.add(eax, edx);
                code.sub(eax, ecx);
                code.@out(ResultPort, eax);
            }
        );

        guest.RunToIn(OperandPort, operands.A);
        guest.RunToIn(OperandPort, operands.B);

        var product = (ulong)operands.A * operands.B;
        var expected = unchecked((uint)product + uint.RotateRight((uint)(product >> 32), 7) - operands.B);
        Assert.Equal(expected, guest.RunToOut(ResultPort));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Calls_and_returns_use_the_stack_in_guest_memory(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                var increment = code.CreateLabel();
                code.mov(eax, 5);
                code.call(increment);
                code.call(increment);
                code.@out(ResultPort, eax);
                code.Label(ref increment);
                code.inc(eax);
                code.ret();
            }
        );
        var width = mode switch
        {
            GuestMode.Real => 2u,
            GuestMode.Protected => 4u,
            _ => 8u,
        };

        Assert.Equal(7u, guest.RunToOut(ResultPort));

        // The return address of the second call: after two instructions, and before the OUT of 2 bytes.
        var returnAddress = guest.Memory.Read<ushort>(Guest.StackTop - width);
        Assert.Equal(0xE7, guest.Memory.Read<byte>(returnAddress + (mode == GuestMode.Real ? 1u : 0u)));
    }

    [Theory]
    [InlineData(GuestMode.Real, 0)]
    [InlineData(GuestMode.Protected, 0)]
    [InlineData(GuestMode.LongSupervisor, 0)]
    [InlineData(GuestMode.LongUser, 3)]
    public void Guest_has_the_privilege_level_of_its_mode(GuestMode mode, uint expected)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, cs);
                code.and(eax, 3);
                code.@out(ResultPort, eax);
            }
        );

        Assert.Equal(expected, guest.RunToOut(ResultPort));
    }

    [Theory, MemberData(nameof(Modes.SixtyFourBit), MemberType = typeof(Modes))]
    public void Long_mode_has_64_bit_registers(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(r9, 0x1234_5678_9ABC_DEF0);
                code.rol(r9, 20);
                code.mov(__.fs[0], r9);
            }
        );

        Assert.Equal(ulong.RotateLeft(0x1234_5678_9ABC_DEF0, 20), guest.RunTo(KvmExitReason.Mmio).Mmio.Value);
    }

    [Fact]
    public void Guest_at_CPL_3_has_SSE_and_AVX()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                code.movups(xmm1, __[(long)Guest.DataAddress]);
                code.vaddps(ymm2, ymm1, ymm1);
                code.movups(__[(long)Guest.DataAddress + 16], xmm2);
                code.@out(ResultPort, al);
            }
        );
        for (var i = 0u; i < 4; i++)
            guest.Memory.Write(Guest.DataAddress + 4 * i, 1.5f + i);

        guest.RunToOut(ResultPort);

        for (var i = 0u; i < 4; i++)
            Assert.Equal(3f + 2 * i, guest.Memory.Read<float>(Guest.DataAddress + 16 + 4 * i));
    }
}
