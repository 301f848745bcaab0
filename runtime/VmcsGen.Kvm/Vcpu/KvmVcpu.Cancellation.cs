using System;
using System.Threading;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Runs the guest until something needs the VMM or the token is cancelled, whichever comes first. An exit is never lost: if
    /// both come together the exit is returned, and the next call throws. With the same source of tokens it allocates nothing
    /// after the first call. Source: Documentation/virt/kvm/api.rst 4.10.
    /// </summary>
    /// <remarks>
    /// The vCPU can be run again afterwards. What an exit left pending, such as the answer to IN, was completed before the
    /// exception, so that the vCPU's state is whole. A cancellation that came too late for its Run may make the next one return
    /// <see cref="KvmExitReason.Intr"/>.
    /// </remarks>
    /// <param name="cancellationToken">Kicks the vCPU when it is cancelled; it may be cancelled already.</param>
    /// <returns>As <see cref="Run()"/>: why the guest stopped, among others <see cref="KvmExitReason.Intr"/>.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread is inside Run.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of, perhaps while it ran.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_RUN")]
    public KvmExit Run(CancellationToken cancellationToken)
    {
        // A token that is cancelled already calls back right here. The kick is wanted then too: KVM_RUN completes what is
        // pending and does not enter the guest.
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static vcpu => ((KvmVcpu)vcpu!).Kick(), this);
        KvmExit exit = Run();
        if (exit.Reason == KvmExitReason.Intr)
            cancellationToken.ThrowIfCancellationRequested();
        return exit;
    }
}
