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

        guest.RunToOut(GuestPrograms.Port);
        var (begin, first) = (Stopwatch.GetTimestamp(), guest.Memory.Read<ulong>(Guest.DataAddress));
        var count = 0;
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 200)
        {
            guest.RunToOut(GuestPrograms.Port);
            count++;
        }
        var (elapsed, last) = (Stopwatch.GetElapsedTime(begin), guest.Memory.Read<ulong>(Guest.DataAddress));

        Assert.True(count > 0);
        var seen = (last - first) / elapsed.TotalMilliseconds;
        Assert.InRange(seen, wanted * 0.9, wanted * 1.1);
    }
}
