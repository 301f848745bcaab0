using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

public sealed unsafe partial class GuestMemory
{
    /// <summary>Tells the host's kernel what it may do with the memory, such as using huge pages. Source: madvise(2).</summary>
    /// <param name="advice">What it may do.</param>
    /// <exception cref="KvmException">The kernel refused. EINVAL: It was built without this.</exception>
    public void Advise(GuestMemoryAdvice advice)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var held = false;
        try
        {
            Mapping.DangerousAddRef(ref held);
            if (Libc.Advise(Mapping.Address, Mapping.Length, (int)advice) < 0)
                throw new KvmException("madvise", Libc.LastErrno, $"{advice} for {Size} bytes of guest memory");
        }
        finally
        {
            if (held)
                Mapping.DangerousRelease();
        }
    }
}
