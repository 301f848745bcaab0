using System.Diagnostics;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>KVM_SET_TSC_KHZ where the processor scales the time-stamp counter, as the guest sees it.</summary>
public class TscScalingTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 16)]
    [InlineData(3, 1)]
    public void Guest_s_counter_is_as_fast_as_was_set(int numerator, int denominator)
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                var again = code.CreateLabel();
                code.Label(ref again);
                code.rdtsc();
                code.shl(rdx, 32);
                code.or(rax, rdx);
                code.mov(__qword_ptr[Guest.DataAddress], rax);
                code.@out(GuestPrograms.Port, al);
                code.jmp(again);
            },
            null,
            KvmCapability.TscControl
        );
        var native = guest.Vcpu.GetTscKhz();
        var wanted = (int)((long)native * numerator / denominator);
        guest.Vcpu.SetTscKhz(wanted);
        Assert.Equal(wanted, guest.Vcpu.GetTscKhz());

        var first = Read(guest);
        var last = Read(guest);
        while (Stopwatch.GetElapsedTime(first.After, last.Before).TotalMilliseconds < 200)
            last = Read(guest);

        // The counter was read at some time in between: this host may do other things before and after.
        var ticks = last.Counter - first.Counter;
        var slowest = ticks / Stopwatch.GetElapsedTime(first.Before, last.After).TotalMilliseconds;
        var fastest = ticks / Stopwatch.GetElapsedTime(first.After, last.Before).TotalMilliseconds;
        Assert.InRange(slowest, 0, wanted * 1.1);
        Assert.InRange(fastest, wanted * 0.9, double.MaxValue);
    }

    private static (long Before, ulong Counter, long After) Read(Guest guest)
    {
        var before = Stopwatch.GetTimestamp();
        guest.RunToOut(GuestPrograms.Port);
        return (before, guest.Memory.Read<ulong>(Guest.DataAddress), Stopwatch.GetTimestamp());
    }
}
