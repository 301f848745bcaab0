using System;
using VmcsGen.Interop;

namespace VmcsGen.Kvm;

// The signals that are blocked while the guest runs.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Sets the signals that are blocked while <see cref="Run()"/> is inside KVM, in place of those that the thread blocks. A
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
        blocked &= ~(1UL << (KickSignal.Number - 1));
        byte* mask = stackalloc byte[sizeof(KvmSignalMask) + sizeof(ulong)];
        ((KvmSignalMask*)mask)->Len = sizeof(ulong);
        *(ulong*)(mask + sizeof(KvmSignalMask)) = blocked;
        Ioctl(KvmIoctl.KVM_SET_SIGNAL_MASK, mask);
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
                $"The kernel's signal set has {sizeof(ulong)} bytes on x86-64, not {signalSet.Length}.", nameof(signalSet));
        }
        SetSignalMask(LittleEndian.Read(signalSet));
    }

    /// <summary>Ends the effect of <see cref="SetSignalMask(ulong)"/>: what the thread blocks counts again.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.21.</remarks>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SIGNAL_MASK")]
    public void ResetSignalMask() => Ioctl(KvmIoctl.KVM_SET_SIGNAL_MASK, null);
}
