using System;
using VmcsGen.Kvm.Tests.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Signals;

/// <summary>Code whose result shows whether a single bit of the processor's state was lost on the way, in SSE registers too.</summary>
internal static class LongComputation
{
    private const byte ResultPort = 0x11;
    private const ulong Seed = 0x9E37_79B9_7F4A_7C15;
    private const ulong Factor = 0x5851_F42D_4C95_7F2D;

    public static Guest Create(uint rounds) =>
        Guest.Create(
            GuestMode.LongUser,
            code =>
            {
                var loop = code.CreateLabel();
                code.mov(rax, Seed);
                code.mov(rdx, Factor);
                code.mov(ecx, rounds);
                code.pxor(xmm1, xmm1);
                code.Label(ref loop);
                code.imul(rax, rdx);
                code.add(rax, rcx);
                code.movq(xmm0, rax);
                code.paddq(xmm1, xmm0);
                code.dec(rcx);
                code.jnz(loop);
                code.mov(__[(long)Guest.DataAddress], rax);
                code.movq(__qword_ptr[(long)Guest.DataAddress + 8], xmm1);
                code.@out(ResultPort, al);
            }
        );

    /// <summary>Runs to the end and returns how often the run was interrupted.</summary>
    public static int RunToEnd(Guest guest)
    {
        var interruptions = 0;
        while (guest.Vcpu.Run() is var exit && exit.Reason == KvmExitReason.Intr)
            interruptions++;
        if (guest.Vcpu.RunPage is not { ExitReason: KvmExitReason.Io, Io.Port: ResultPort })
            throw new InvalidOperationException($"The computation ended with {guest.Vcpu.RunPage.ExitReason}.");
        return interruptions;
    }

    public static (ulong, ulong) ResultOf(Guest guest) =>
        (guest.Memory.Read<ulong>(Guest.DataAddress), guest.Memory.Read<ulong>(Guest.DataAddress + 8));

    public static (ulong, ulong) Expected(uint rounds)
    {
        var (value, sum) = (Seed, 0ul);
        for (ulong round = rounds; round > 0; round--)
        {
            value = unchecked(value * Factor + round);
            sum = unchecked(sum + value);
        }
        return (value, sum);
    }
}
