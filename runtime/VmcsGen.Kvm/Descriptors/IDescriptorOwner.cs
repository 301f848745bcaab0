using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// An object around a file descriptor. Specs may name its type as the one that has an ioctl, as they may name a
/// <see cref="SafeHandle"/>.
/// </summary>
public interface IDescriptorOwner
{
    /// <summary>The descriptor, which stays the object's.</summary>
    SafeHandle Descriptor { get; }
}
