using System;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>KVM_SET_SIGNAL_MASK: which signals end KVM_RUN.</summary>
public unsafe partial class SignalMaskTests
{
    // A real-time signal that neither the runtime nor the library uses.
    private const int Signal = 41;
    private const ulong SignalBit = 1ul << (Signal - 1);
    private const int SIG_BLOCK = 0;

    [Fact]
    public void Pending_signal_ends_Run_unless_the_mask_blocks_it()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);

        Worker.Do(() =>
        {
            BlockAndSend();
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);

            guest.Vcpu.SetSignalMask(~SignalBit);
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            guest.Vcpu.SetSignalMask(ulong.MaxValue);
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);
            guest.Vcpu.SetSignalMask(BitConverter.GetBytes(~SignalBit));
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            guest.Vcpu.ResetSignalMask();
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);
        });
    }

    [Fact]
    public void Kick_gets_through_a_mask_of_all_signals()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        guest.Vcpu.SetSignalMask(ulong.MaxValue);

        var runner = new Worker(() => Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason));
        try
        {
            guest.AwaitCounting();
            Assert.True(runner.IsAlive);
            guest.Vcpu.Kick();
            runner.Finish();
        }
        finally
        {
            guest.Slot.Unmap(); // Ends a guest that no signal reaches, for which Dispose would wait for ever.
        }
    }

    [Fact]
    public void Dispose_gets_through_a_mask_of_all_signals()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        guest.Vcpu.SetSignalMask([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);

        var runner = new Worker(() =>
            Assert.Throws<ObjectDisposedException>(() =>
            {
                guest.Vcpu.Run();
            })
        );
        try
        {
            guest.AwaitCounting();
            Worker.Do(guest.Vcpu.Dispose);
            runner.Finish();
        }
        finally
        {
            guest.Slot.Unmap(); // As above.
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(128)]
    public void Signal_set_of_another_size_than_the_kernel_s_is_refused_before_the_ioctl(int length)
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_SET_SIGNAL_MASK);
        var refusal = Assert.Throws<ArgumentException>(() => guest.Vcpu.SetSignalMask(new byte[length]));

        Assert.Contains($"8 bytes on x86-64, not {length}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void KVM_reads_the_length_and_eight_bytes()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        using var exact = new GuardedBuffer(sizeof(KvmSignalMask) + 8);
        exact.As<uint>()[0] = 8;
        guest.Vcpu.UnsafeIoctl(KvmIoctl.KVM_SET_SIGNAL_MASK, exact.Pointer);

        exact.As<uint>()[0] = 16;
        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.UnsafeIoctl(KvmIoctl.KVM_SET_SIGNAL_MASK, exact.Pointer));
        Assert.Equal("KVM_SET_SIGNAL_MASK", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public void Mask_is_refused_after_Dispose()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        guest.Vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.SetSignalMask(0));
        Assert.Throws<ObjectDisposedException>(guest.Vcpu.ResetSignalMask);
    }

    // The signal stays pending for the calling thread, which should end soon after.
    private static void BlockAndSend()
    {
        var set = SignalBit;
        Assert.Equal(0, pthread_sigmask(SIG_BLOCK, &set, null));
        Assert.Equal(0, Libc.SignalThread(Environment.ProcessId, Libc.ThreadId(), Signal));
    }

    // A set of 1024 bits in libc's eyes, of which the kernel reads the first 64; what follows on the stack is never read.
    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, ulong* set, ulong* previous);
}
