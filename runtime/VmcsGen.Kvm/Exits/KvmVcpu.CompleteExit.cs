namespace VmcsGen.Kvm;

public sealed partial class KvmVcpu
{
    internal bool HasKvmclockCtrl => Live.CheckVm(KvmCapability.KvmclockCtrl) > 0;

    internal bool HasSregs2 => Live.CheckVm(KvmCapability.Sregs2) > 0;

    /// <summary>Whether KVM may have to complete the instruction of the last exit; some exits come after one, or before.</summary>
    internal unsafe bool HasUnfinishedExit =>
        Page->ExitReason is not (KvmExitReason.Hlt or KvmExitReason.Intr or KvmExitReason.Debug or KvmExitReason.Shutdown);

    /// <summary>
    /// Completes the instruction that the last exit left half done, such as an IN that was answered, and executes no other:
    /// only then do the registers say where the guest stands. Harmless at any time. It answers kicks as Run does.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 5, on pending operations.</remarks>
    /// <param name="next">A further exit of the same instruction, if the result is false: answer it and call again.</param>
    /// <returns>True when nothing is pending.</returns>
    /// <exception cref="System.InvalidOperationException">Another thread is inside Run.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public bool TryCompleteExit(out KvmExit next)
    {
        // KVM completes the instruction before it looks at immediate_exit, and enters the guest after.
        Kick();
        next = Run();
        return next.Reason == KvmExitReason.Intr;
    }
}
