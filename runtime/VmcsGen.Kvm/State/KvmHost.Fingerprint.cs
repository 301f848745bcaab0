namespace VmcsGen.Kvm;

public sealed partial class KvmHost
{
    private HostFingerprint? _fingerprint;

    /// <summary>What guests may rely on of this host. It is read once.</summary>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public HostFingerprint Fingerprint => _fingerprint ??= HostFingerprint.Of(this);
}
