using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// The signals that are blocked while the guest runs: those that the thread blocks or the caller names, and never the kick's. KVM
// changes the mask and enters the guest in one step, so that a kick gets through whatever the program blocks.
public sealed unsafe partial class KvmVcpu
{
    private bool _hasOwnSignalMask;
    private ulong? _signalMask; // What KVM was told.

    /// <summary>
    /// Sets the signals that are blocked while <see cref="Run()"/> is inside KVM, in place of those that the thread blocks when it
    /// begins to run the vCPU. A
    /// signal that is pending and not blocked makes Run return <see cref="KvmExitReason.Intr"/>.
    /// </summary>
    /// <remarks>
    /// The signal of <see cref="Kick"/> is never blocked, whatever is given here: Kick and Dispose rely on it.
    /// Source: Documentation/virt/kvm/api.rst 4.21.
    /// </remarks>
    /// <param name="blocked">The signals: bit 0 is signal 1, bit 63 signal 64.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SIGNAL_MASK")]
    public void SetSignalMask(ulong blocked)
    {
        byte* mask = stackalloc byte[SignalMaskSize];
        Ioctl(KvmIoctl.KVM_SET_SIGNAL_MASK, Fill(mask, blocked & ~KickSignal.Bit));
        _signalMask = null;
        _hasOwnSignalMask = true;
    }

    /// <summary>The same for those who have the kernel's signal set as bytes, for example from another process's call.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.21.</remarks>
    /// <param name="signalSet">The kernel's signal set, 8 bytes: bit 0 of the first is signal 1.</param>
    /// <exception cref="ArgumentException">There are more or fewer than 8 bytes.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SIGNAL_MASK")]
    public void SetSignalMask(ReadOnlySpan<byte> signalSet)
    {
        if (signalSet.Length != sizeof(ulong))
        {
            throw new ArgumentException(
                $"The kernel's signal set has {sizeof(ulong)} bytes on x86-64, not {signalSet.Length}.",
                nameof(signalSet)
            );
        }
        SetSignalMask(LittleEndian.Read(signalSet));
    }

    /// <summary>Ends the effect of <see cref="SetSignalMask(ulong)"/>: what the thread blocks counts again.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.21.</remarks>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SIGNAL_MASK")]
    public void ResetSignalMask()
    {
        byte* mask = stackalloc byte[SignalMaskSize];
        ulong blocked = Libc.BlockedSignals() & ~KickSignal.Bit;
        Ioctl(KvmIoctl.KVM_SET_SIGNAL_MASK, Fill(mask, blocked));
        _signalMask = blocked;
        _hasOwnSignalMask = false;
    }

    private static int SignalMaskSize => sizeof(KvmSignalMask) + sizeof(ulong);

    private static byte* Fill(byte* mask, ulong blocked)
    {
        ((KvmSignalMask*)mask)->Len = sizeof(ulong);
        *(ulong*)(mask + sizeof(KvmSignalMask)) = blocked;
        return mask;
    }

    /// <summary>
    /// Lets KVM block what the thread inside Run blocks now, but for the kick's signal. Done when a thread begins to run the vCPU
    /// and when a signal ended a run: one that the thread has blocked meanwhile would end every run as long as it is pending.
    /// </summary>
    private void FollowSignalMask()
    {
        ulong blocked = Libc.BlockedSignals();
        if ((blocked & KickSignal.Bit) != 0)
            KickSignal.Discard(); // It has done its work inside KVM_RUN, and nobody else will take it.
        blocked &= ~KickSignal.Bit;
        if (_hasOwnSignalMask || blocked == _signalMask)
            return;
        byte* mask = stackalloc byte[SignalMaskSize];
        // If it fails so will KVM_RUN, which says more. Not by the handle: Dispose waits for this thread.
        if (Libc.Ioctl(_descriptor, KvmIoctl.KVM_SET_SIGNAL_MASK, (nuint)Fill(mask, blocked)) >= 0)
            _signalMask = blocked;
    }
}
